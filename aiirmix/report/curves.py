"""Learning curves of an experiment: a picture, and a CSV file of its numbers beside it."""

from collections.abc import Sequence
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import require_writable
from aiirmix.report.csv_files import require_picture
from aiirmix.report.evaluations import Evaluations, load
from aiirmix.report.inventory import coverage
from aiirmix.report.learning_curves import COLUMNS, Curve, default_width, learning_curves, write_curves
from aiirmix.report.style import display_name
from aiirmix.runs.recorded import RecordedRun, read_runs


def draw_experiment(source: Path, width: int | None = None, out: Path | None = None) -> Path:
    """Draw the curves of an experiment, and print which of its runs are unfinished.

    Args:
        source: the folder of the experiment, or a file of its kept evaluations.
        width: evaluations averaged in each point; None leaves about fifty independent points.
        out: the picture to write; None means `learning_curves.png` in the folder of the source.

    Returns:
        The path of the picture.

    Raises:
        ConfigError: there is nothing to draw, there are runs that must not be mixed, or the picture has no known
            format or would overwrite another file with its numbers.
    """
    runs = [] if source.is_file() else read_runs(source)[0]
    for (model, map_label), progress in coverage(runs).items():
        if not progress.is_done:
            print(f"unfinished: {display_name(model)} on {map_label}, {progress}")
    folder = source.parent if source.is_file() else source
    picture = out or folder / "learning_curves.png"
    require_writable(picture)
    require_picture(picture, COLUMNS)
    draw_curves(load(source), picture, folder.resolve().name, width, _unfinished(runs))
    return picture


def curves_picture(evaluations: Sequence[Evaluations], path: Path, title: str) -> None:
    """Draw learning curves as a figure of `experiments/`.

    Raises:
        ConfigError: no run has been evaluated yet.
    """
    draw_curves(evaluations, path, title, unfinished=sum(not run.is_complete for run in evaluations))


def draw_curves(
    runs: Sequence[Evaluations], picture: Path, title: str, width: int | None = None, unfinished: int = 0
) -> None:
    """Draw the learning curves of runs, and write their numbers beside the picture.

    Raises:
        ConfigError: no run has been evaluated yet.
    """
    if not runs:
        raise ConfigError(f"no run in {picture.parent} has been evaluated yet")
    width = width or default_width(runs)
    curves = learning_curves(runs, width)
    write_curves(curves, picture.with_suffix(".csv"))
    from aiirmix.report.curve_drawing import draw_learning_curves

    draw_learning_curves(curves, picture, title, _notes(curves, width, unfinished))


def _unfinished(runs: Sequence[RecordedRun]) -> int:
    return sum(not run.is_complete for run in runs)


def _notes(curves: Sequence[Curve], width: int, unfinished: int) -> list[str]:
    notes = []
    if any(curve.interval for curve in curves):
        notes.append("Lines: mean over seeds. Bands: its 95 % bootstrap interval.")
    if width > 1:
        notes.append(f"Each point averages {width} evaluations.")
    if unfinished:
        notes.append(f"Unfinished runs: {unfinished}.")
    return notes
