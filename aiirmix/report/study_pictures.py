"""Pictures of a study, drawn by Optuna: history, importance of the settings, parallel coordinates, slices."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from matplotlib import pyplot
from matplotlib.figure import Figure
from optuna.importance import PedAnovaImportanceEvaluator
from optuna.trial import TrialState
from optuna.visualization import matplotlib as drawn

from aiirmix.common.files import atomic_file
from aiirmix.report.style import RC_PARAMS

ENOUGH = 3
"""Complete trials from which there is something to see."""


def _importance(study: optuna.Study) -> Any:  # noqa: ANN401 - Matplotlib's axes
    return drawn.plot_param_importances(study, evaluator=PedAnovaImportanceEvaluator())


PICTURES: dict[str, Callable[[optuna.Study], Any]] = {
    "history": drawn.plot_optimization_history,
    "importance": _importance,
    "parallel": drawn.plot_parallel_coordinate,
    "slices": drawn.plot_slice,
}
"""What draws each picture."""


def draw_study(study: optuna.Study, folder: Path) -> list[Path]:
    """Draw a study into a folder; return the pictures, none if there is nothing to see yet."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(complete) < ENOUGH or np.ptp([trial.value for trial in complete]) == 0:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    return [_draw(draw, study, folder / f"{name}.png") for name, draw in PICTURES.items()]


def _draw(draw: Callable[[optuna.Study], Any], study: optuna.Study, path: Path) -> Path:
    with pyplot.rc_context({**RC_PARAMS, "savefig.dpi": 110}), _quietly():
        figure = _figure(draw(study))
        figure.set_size_inches(10, 4)
        _shorten_labels(figure)
        with atomic_file(path) as temporary:
            figure.savefig(temporary, bbox_inches="tight")
        pyplot.close(figure)
    return path


def _figure(axes: Any) -> Figure:  # noqa: ANN401 - one axes, or an array of them
    figure = np.ravel(np.asarray(axes, dtype=object))[0].get_figure()
    assert isinstance(figure, Figure)
    return figure


def _shorten_labels(figure: Figure) -> None:
    """Write settings by their last words, small enough to stand beside one another."""
    for axes in figure.axes:
        axes.set_xlabel(".".join(axes.get_xlabel().split(".")[-2:]), fontsize=8)
        axes.yaxis.label.set_fontsize(8)


@contextmanager
def _quietly() -> Iterator[None]:
    """Silence what Optuna says about its own pictures: that they may change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
