"""A picture of effects against a control: a panel for each map and some settings, a line for each model."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiirmix.common.errors import ConfigError
from aiirmix.report.effects import Effect, effects
from aiirmix.report.effects_table import write_effects
from aiirmix.report.evaluations import Evaluations, grouped
from aiirmix.report.labels import write_title_and_notes
from aiirmix.report.setting_names import SettingNames
from aiirmix.report.style import GREY, PAGE_WIDTH, RC_PARAMS, display_name, model_styles

Panel = tuple[str, Sequence[Effect]]
"""Its title, which may be empty, and its effects."""
LINE_HEIGHT, PANEL_MARGIN, MARGIN = 0.2, 0.45, 0.75
"""The heights of a line, of what surrounds a panel's lines, and of title and notes together, in inches."""
NOTES = (
    "Difference of the mean over training from the control with the same settings. Bars: 95 % bootstrap intervals\n"
    "over seeds. Hollow: the intrinsic reward is inert."
)


def effects_picture(
    evaluations: Sequence[Evaluations],
    path: Path,
    title: str,
    control: str,
    columns: Mapping[str, str] | None = None,
    lines: Mapping[str, str] | None = None,
) -> None:
    """Draw the effect on the area of every model, with a CSV file beside the picture.

    Args:
        evaluations: of runs.
        path: of the picture.
        title: above it.
        control: the model that the others are compared with.
        columns: settings of the model that make a column of panels, and how the picture calls them; then each map is a
            row of panels. Without them each map is a column.
        lines: the rest of the models' labels, and how the picture calls them.

    Raises:
        ConfigError: there is nothing to compare yet.
    """
    rows = effects(evaluations, control)
    if not rows:
        raise ConfigError(f"no model in {path.parent} has runs beside its control {control} yet")
    write_effects(rows, path.with_suffix(".csv"))
    names = SettingNames(columns or {}, lines or {})
    grid = _panels(rows, names, {run.map_label for run in evaluations})
    with rc_context(RC_PARAMS):
        figure = _figure(grid, names)
        write_title_and_notes(figure, title, NOTES)
        figure.savefig(path)


def _figure(grid: Sequence[Sequence[Panel]], names: SettingNames) -> Figure:
    """Draw the panels; a row of them has the lines that one of them has."""
    lines = [names.lines_of(row.model for _, panel in panels for row in panel) for panels in grid]
    heights = [LINE_HEIGHT * len(of_row) + PANEL_MARGIN for of_row in lines]
    figure = Figure(figsize=(PAGE_WIDTH, sum(heights) + MARGIN), layout="constrained")
    axes = figure.subplots(len(grid), len(grid[0]), sharex=True, sharey="row", squeeze=False, height_ratios=heights)
    for axis_row, panels, of_row in zip(axes, grid, lines, strict=True):
        for axis, (title, panel) in zip(axis_row, panels, strict=True):
            _draw_panel(axis, panel, names, of_row)
            axis.set_title(title, loc="left", fontsize=7 if names.panels else 8, fontweight="bold")
        axis_row[0].set_yticks(range(len(of_row)), [display_name(name) for name in of_row])
        axis_row[0].set_ylim(len(of_row) - 0.5, -0.5)
    for axis in axes[-1]:
        axis.set_xlabel("effect on area")
    return figure


def _panels(rows: Sequence[Effect], names: SettingNames, single_maps: set[str]) -> list[list[Panel]]:
    """Return rows of panels; several maps together come last."""
    maps = sorted(grouped(rows, lambda row: row.map_label), key=lambda of_map: of_map[0].map_label not in single_maps)
    columns = names.panels_of(row.model for row in rows)

    if not names.panels:
        return [[(of_map[0].map_label, of_map) for of_map in maps]]
    return [
        [
            (_title(of_map[0].map_label, column, of_map is maps[0], column == columns[0]), _in(of_map, names, column))
            for column in columns
        ]
        for of_map in maps
    ]


def _title(map_label: str, column: str, is_above: bool, is_left: bool) -> str:
    """Return the title of a panel: the map stands once for a row, the settings once for a column."""
    return "\n".join([map_label if is_left else "", *([column.replace(", ", "\n")] if is_above else [])])


def _in(rows: Sequence[Effect], names: SettingNames, column: str) -> list[Effect]:
    return [row for row in rows if names.panel(row.model) == column]


def _draw_panel(axis: Axes, rows: Sequence[Effect], names: SettingNames, lines: Sequence[str]) -> None:
    if not rows:
        axis.grid(visible=False)
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
        return
    axis.axvline(0, color=GREY, linewidth=0.8)
    choices = {row.model: row.model.partition(",")[0] for row in rows}
    styles = model_styles(list(choices.values()))
    for row in rows:
        place, colour = lines.index(names.line(row.model)), styles[choices[row.model]].colour
        face = "white" if row.inert else colour
        if row.area.interval:
            axis.plot(row.area.interval, [place, place], color=colour, linewidth=1.2)
        axis.plot([row.area.value], [place], color=colour, marker="o", markersize=3.8, markerfacecolor=face)
