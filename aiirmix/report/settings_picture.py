"""Ablations: the mean over training and the final value of a metric for each setting."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiirmix.common.errors import ConfigError
from aiirmix.common.statistics import Scores, mean
from aiirmix.report.csv_files import write_csv
from aiirmix.report.estimates import confidence_interval, interval_cells
from aiirmix.report.evaluations import Evaluations, grouped
from aiirmix.report.labels import write_title_and_notes
from aiirmix.report.style import GREY, PAGE_WIDTH, RC_PARAMS, display_name
from aiirmix.report.summary import SummaryRow, summarise

AREA_COLOUR, FINAL_COLOUR = "#0072B2", "#D55E00"
NOTES = "Blue: mean over training. Orange: mean over the last fifth. Bars: 95 % bootstrap intervals over seeds."
COLUMNS = [
    *("map", "model", "metric", "seeds", "env_steps"),
    *(f"{measure}_{part}" for measure in ("area", "final") for part in ("mean", "low", "high")),
]


def settings_picture(evaluations: Sequence[Evaluations], path: Path, title: str) -> None:
    """Draw a row for each model and its settings, a panel for each map, with a CSV file beside the picture.

    Raises:
        ConfigError: no run has been evaluated yet.
    """
    rows = summarise(evaluations)
    if not rows:
        raise ConfigError(f"no run in {path.parent} has been evaluated yet")
    write_csv(path.with_suffix(".csv"), COLUMNS, map(_cells, rows))
    panels = grouped(rows, lambda row: row.map_label)
    models = sorted({row.model for row in rows})
    with rc_context(RC_PARAMS):
        figure = Figure(figsize=(PAGE_WIDTH, 0.24 * len(models) + 1.1), layout="constrained")
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axis, panel in zip(axes, panels, strict=True):
            _draw_panel(axis, panel, models)
        axes[0].set_yticks(range(len(models)), [display_name(model) for model in models])
        axes[0].invert_yaxis()
        write_title_and_notes(figure, title, NOTES)
        figure.savefig(path)


def _cells(row: SummaryRow) -> list[object]:
    numbers = [x for scores in (row.area, row.final) for x in (f"{mean(scores):.6g}", *interval_cells(scores))]
    which = (row.map_label, row.model, row.metric.name, row.seeds, row.env_steps)
    return [*which, *numbers]


def _draw_panel(axis: Axes, rows: Sequence[SummaryRow], models: Sequence[str]) -> None:
    for row in rows:
        place = models.index(row.model)
        _draw_mean(axis, row.area, place - 0.14, AREA_COLOUR, "o")
        _draw_mean(axis, row.final, place + 0.14, FINAL_COLOUR, "s")
    axis.set_title(rows[0].map_label, loc="left", fontsize=9, fontweight="bold")
    axis.set_title(f"{rows[0].env_steps:,} steps", loc="right", fontsize=7, color=GREY)
    axis.set_xlabel(rows[0].metric.label)
    axis.set_ylim(len(models) - 0.5, -0.5)


def _draw_mean(axis: Axes, scores: Scores, place: float, colour: str, marker: str) -> None:
    axis.plot(confidence_interval([scores]), [place, place], color=colour, linewidth=1.2)
    axis.plot([mean(scores)], [place], color=colour, marker=marker, markersize=3.5)
