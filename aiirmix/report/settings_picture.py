"""Ablations: what a setting changes, as the area under the curve and the final win rate of each value."""

import csv
from collections.abc import Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiirmix.common.errors import ConfigError
from aiirmix.common.statistics import Scores, mean
from aiirmix.report.evaluations import grouped, read
from aiirmix.report.style import GREY, PAGE_WIDTH, STYLE, name_of
from aiirmix.report.summary import Row, interval_of, summarise
from aiirmix.runs.recorded import RecordedRun

AREA, FINAL = "#0072B2", "#D55E00"


def settings_picture(runs: Sequence[RecordedRun], path: Path, title: str) -> None:
    """Draws a row for each model and its settings, a panel for each map, with a CSV file beside it.

    Raises:
        ConfigError: no run has been evaluated yet, or there are runs that must not be mixed.
    """
    rows = summarise(read(runs))
    if not rows:
        raise ConfigError(f"no run in {path.parent} has been evaluated yet")
    write_csv(rows, path.with_suffix(".csv"))
    panels = grouped(rows, lambda row: row.world)
    models = sorted({row.model for row in rows})
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE_WIDTH, 0.24 * len(models) + 1.1), layout="constrained")
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axis, panel in zip(axes, panels, strict=True):
            _draw_panel(axis, panel, models)
        axes[0].set_yticks(range(len(models)), [name_of(model) for model in models])
        axes[0].invert_yaxis()
        figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
        notes = "Blue: mean over training. Orange: mean over the last fifth. Bars: 95 % bootstrap intervals over seeds."
        figure.supxlabel(notes, x=0.01, ha="left", fontsize=6.5, color=GREY)
        figure.savefig(path)


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Writes a row for each model on each map."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        columns = [f"{measure}_{part}" for measure in ("area", "final") for part in ("mean", "low", "high")]
        writer.writerow(["map", "model", "metric", "seeds", "env_steps", *columns])
        for row in rows:
            numbers = [f"{x:.6g}" for scores in (row.area, row.final) for x in (mean(scores), *interval_of([scores]))]
            writer.writerow([row.world, row.model, row.metric.name, row.seeds, row.env_steps, *numbers])


def _draw_panel(axis: Axes, rows: Sequence[Row], models: Sequence[str]) -> None:
    for row in rows:
        place = models.index(row.model)
        _draw_score(axis, row.area, place - 0.14, AREA, "o")
        _draw_score(axis, row.final, place + 0.14, FINAL, "s")
    axis.set_title(rows[0].world, loc="left", fontsize=9, fontweight="bold")
    axis.set_title(f"{rows[0].env_steps:,} steps", loc="right", fontsize=7, color=GREY)
    axis.set_xlabel(rows[0].metric.label)
    axis.set_ylim(len(models) - 0.5, -0.5)


def _draw_score(axis: Axes, scores: Scores, place: float, colour: str, marker: str) -> None:
    axis.plot(interval_of([scores]), [place, place], color=colour, linewidth=1.2)
    axis.plot([mean(scores)], [place], color=colour, marker=marker, markersize=3.5)
