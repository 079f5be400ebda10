"""Effects against a control as a Markdown table, as a CSV file, and as a picture."""

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiirmix.common.errors import ConfigError
from aiirmix.report.csv_files import write_csv
from aiirmix.report.effects import Effect, Estimate, effects
from aiirmix.report.estimates import format_interval
from aiirmix.report.evaluations import Evaluations, grouped
from aiirmix.report.labels import write_title_and_notes
from aiirmix.report.style import GREY, PAGE_WIDTH, RC_PARAMS, display_name, model_styles
from aiirmix.runs.seeds import refuse_tuning_seeds

ESTIMATES = ("final", "area", "improvement")
COLUMNS = [
    *("map", "model", "control", "runs", "control_runs", "env_steps"),
    *(f"{name}{part}" for name in ESTIMATES for part in ("", "_low", "_high")),
    *("fraction_of_advantage", "inert", "credit_correlation"),
]
NOTES = (
    "Difference of the mean over training from the control with the same settings. Bars: 95 % bootstrap intervals over "
    "seeds. Hollow: the intrinsic reward is inert."
)


def markdown_table(rows: Sequence[Effect]) -> str:
    """Return the effects as a Markdown table."""
    lines = [
        "| map | model | control | runs | env steps | final [95 %] | area [95 %] | P(better) [95 %] | r_in in Var(A) "
        "| credit |",
        "|---|---|---|--:|--:|---|---|---|--:|--:|",
    ]
    for row in rows:
        cells = (
            *(row.map_label, row.model, row.control, " v. ".join(map(str, row.runs)), f"{row.env_steps:,}"),
            *(_signed(row.final), _signed(row.area), format_interval(row.improvement.value, row.improvement.interval)),
            *(_number(row.fraction) + (" (inert)" if row.inert else ""), _number(row.credit)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def keep(rows: Sequence[Effect], runs: Sequence[Evaluations], folder: Path) -> None:
    """Write `effects.csv` and `effects.md` into a folder.

    Raises:
        ConfigError: a run has a seed that is for tuning.
    """
    refuse_tuning_seeds((run.seed for run in runs), "kept results need")
    folder.mkdir(parents=True, exist_ok=True)
    write_effects(rows, folder / "effects.csv")
    (folder / "effects.md").write_text(f"{markdown_table(rows)}\n", encoding="utf-8")


def write_effects(rows: Sequence[Effect], path: Path) -> None:
    """Write a row for each effect."""
    write_csv(path, COLUMNS, map(_cells, rows))


def effects_picture(evaluations: Sequence[Evaluations], path: Path, title: str, control: str) -> None:
    """Draw the effect on the area of every model, a panel for each map, with a CSV file beside the picture.

    Raises:
        ConfigError: there is nothing to compare yet.
    """
    rows = effects(evaluations, control)
    if not rows:
        raise ConfigError(f"no model in {path.parent} has runs beside its control {control} yet")
    write_effects(rows, path.with_suffix(".csv"))
    single_maps = {run.map_label for run in evaluations}
    panels = sorted(grouped(rows, lambda row: row.map_label), key=lambda panel: panel[0].map_label not in single_maps)
    models = list(dict.fromkeys(row.model for row in rows))
    with rc_context(RC_PARAMS):
        figure = Figure(figsize=(PAGE_WIDTH, 0.2 * len(models) + 1.2), layout="constrained")
        axes = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
        for axis, panel in zip(axes, panels, strict=True):
            _draw_panel(axis, panel, models)
        axes[0].set_yticks(range(len(models)), [display_name(model) for model in models])
        axes[0].set_ylim(len(models) - 0.5, -0.5)
        write_title_and_notes(figure, title, NOTES)
        figure.savefig(path)


def _draw_panel(axis: Axes, rows: Sequence[Effect], models: Sequence[str]) -> None:
    axis.axvline(0, color=GREY, linewidth=0.8)
    choices = {model: model.partition(",")[0] for model in models}
    styles = model_styles(list(choices.values()))
    for row in rows:
        place, colour = models.index(row.model), styles[choices[row.model]].colour
        face = "white" if row.inert else colour
        axis.plot(row.area.interval, [place, place], color=colour, linewidth=1.2)
        axis.plot([row.area.value], [place], color=colour, marker="o", markersize=3.8, markerfacecolor=face)
    axis.set_title(rows[0].map_label, loc="left", fontsize=8, fontweight="bold")
    axis.set_xlabel("effect on area")


def _signed(estimate: Estimate) -> str:
    return format_interval(estimate.value, estimate.interval, "+.2f").replace("-", "−")


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}".replace("-", "−")


def _cells(row: Effect) -> list[object]:
    which = (row.map_label, row.model, row.control, *row.runs, row.env_steps)
    estimates = [getattr(row, name) for name in ESTIMATES]
    numbers = [f"{float(x):.6g}" for one in estimates for x in (one.value, *one.interval)]
    further = ("" if math.isnan(x) else f"{x:.6g}" for x in (row.fraction, row.credit))
    fraction, credit = further
    return [*which, *numbers, fraction, row.inert, credit]
