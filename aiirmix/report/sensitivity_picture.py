"""What tuning gains each model: a point for each kind of settings, a panel for each map."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiirmix.common.statistics import Scores, difference, mean
from aiirmix.report.csv_files import write_csv
from aiirmix.report.estimates import compared, confidence_interval, interval_cells
from aiirmix.report.evaluations import Evaluations
from aiirmix.report.labels import write_title_and_notes
from aiirmix.report.learning_curves import aligned
from aiirmix.report.measures import area
from aiirmix.report.style import PAGE_WIDTH, RC_PARAMS, display_name

COLOURS = ("#555555", "#0072B2", "#D55E00")
MARKERS = ("o", "s", "D")
NOTES = "Bars: 95 % bootstrap intervals over fresh seeds, which no trial has used."
COLUMNS = ("map", "model", "settings", "seeds", "area", "low", "high", "gain", "gain_low", "gain_high")


class Setting(NamedTuple):
    """What a point is about."""

    model: str
    map_label: str
    kind: str
    """Where the settings come from, in words. The first kind of a model is what the others are compared with."""


def draw(
    wanted: Mapping[Setting, Sequence[tuple[str, ...]]],
    runs: Sequence[Evaluations],
    metric: str,
    title: str,
    path: Path,
) -> Path:
    """Draw the areas under the curves, with a CSV file beside the picture; return the picture.

    Args:
        wanted: the runs of each setting, by the last three folders of their directories: model, map and seed.
        runs: all there are; settings without runs are left out.
        metric: whose curve.
        title: of the picture.
        path: of the picture.
    """
    known = {(run.model, run.map_label, f"seed={run.seed}"): run for run in runs}
    areas = {one: _areas([known[key] for key in keys if key in known], metric) for one, keys in wanted.items()}
    areas = {one: scores for one, scores in areas.items() if len(scores)}
    own: dict[tuple[str, ...], Setting] = {}
    for one in wanted:
        own.setdefault(one[:2], one)
    write_csv(path.with_suffix(".csv"), COLUMNS, (_cells(one, own[one[:2]], areas) for one in areas))
    maps, models = (list(dict.fromkeys(one[part] for one in wanted)) for part in (1, 0))
    with rc_context(RC_PARAMS):
        figure = Figure(figsize=(PAGE_WIDTH, 0.36 * len(models) + 1.4), layout="constrained")
        panels = figure.subplots(1, len(maps), sharey=True, squeeze=False)[0]
        for axis, map_label in zip(panels, maps, strict=True):
            _draw_panel(axis, map_label, models, areas)
        panels[0].set_yticks(range(len(models)), [display_name(model) for model in models])
        panels[0].invert_yaxis()
        panels[0].legend(fontsize=7, frameon=False, loc="best")
        write_title_and_notes(figure, title, NOTES)
        figure.savefig(path)
    return path


def _areas(runs: Sequence[Evaluations], metric: str) -> Scores:
    """Return the area of each run, [runs]."""
    if not runs:
        return np.zeros(0)
    return area(*aligned([run.env_steps for run in runs], [run.metrics[metric] for run in runs]))


def _cells(one: Setting, own: Setting, areas: Mapping[Setting, Scores]) -> list[object]:
    """Return a row; there is no gain if the model's own settings have no runs."""
    scores = areas[one]
    cells = [f"{mean(scores):.6g}", *interval_cells(scores)]
    if own in areas:
        gain = compared([(scores, areas[own])], difference)
        cells += [f"{x:.6g}" for x in (gain.value, *(gain.interval or ()))]
    return [one.map_label, one.model, one.kind, len(scores), *cells, *[""] * (len(COLUMNS) - 4 - len(cells))]


def _draw_panel(axis: Axes, map_label: str, models: Sequence[str], areas: Mapping[Setting, Scores]) -> None:
    kinds = list(dict.fromkeys(one.kind for one in areas))
    for one, scores in areas.items():
        if one.map_label != map_label:
            continue
        which = kinds.index(one.kind)
        place, value, ends = models.index(one.model) + 0.22 * (which - 1), mean(scores), confidence_interval([scores])
        bars = [[max(0.0, float(value - ends.low))], [max(0.0, float(ends.high - value))]]
        label = one.kind if one.model == models[0] else None
        style = {"color": COLOURS[which], "marker": MARKERS[which], "markersize": 4.0, "linestyle": "none"}
        axis.errorbar([float(value)], [place], xerr=bars, capsize=2, label=label, **style)  # type: ignore[arg-type]
    axis.set_title(map_label, loc="left", fontsize=9, fontweight="bold")
