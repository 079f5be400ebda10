"""Pictures of learning curves."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from aiirmix.report.evaluations import WIN_RATE
from aiirmix.report.labels import spread, write_title_and_notes
from aiirmix.report.learning_curves import Curve
from aiirmix.report.style import GREY, PAGE_WIDTH, RC_PARAMS, ModelStyle, model_styles, readable

FEW_LINES = 10
"""A panel of at most this many runs also shows the line of each."""
PANEL_HEIGHT, MARGIN = 2.15, 0.62
"""The height of a panel with few lines, and the height above and below its axes, in inches."""
LINE_HEIGHT = 0.13
"""The height of a line of text, in inches."""
SEPARATOR = ", "
"""Between the parts of a model's name, which are written one below the other."""

Styles = Mapping[str, ModelStyle]


def draw_learning_curves(curves: Sequence[Curve], path: Path, title: str, notes: Sequence[str]) -> None:
    """Draw the curves, a panel for each map, in the format that the suffix of the path names."""
    panels = [list(on_map) for _, on_map in groupby(curves, key=lambda curve: curve.map_label)]
    styles = model_styles([curve.model for curve in curves])
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    with rc_context(RC_PARAMS):
        height = max(PANEL_HEIGHT, MARGIN + LINE_HEIGHT * max(_text_lines(panel, styles) for panel in panels))
        size = (PAGE_WIDTH * (0.6 if columns == 1 else 1), height * rows + 0.5)
        figure = Figure(figsize=size, layout="constrained")
        for index, panel in enumerate(panels):
            axis = figure.add_subplot(rows, columns, index + 1)
            _draw_panel(axis, panel, styles, LINE_HEIGHT / (height - MARGIN))
        write_title_and_notes(figure, title, "  ".join(notes))
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_panel(axis: Axes, curves: Sequence[Curve], styles: Styles, line: float) -> None:
    """Draw the curves on one map; `line` is the height of a line of text, as a fraction of the height of the axes."""
    seeds = [len(curve.seeds) for curve in curves]
    for curve in curves:
        draw_curve(axis, curve, styles[curve.model], each_seed=sum(seeds) <= FEW_LINES)
    counted = "–".join(str(count) for count in sorted({min(seeds), max(seeds)}))
    axis.set_title(curves[0].map_label, loc="left", fontsize=9, fontweight="bold")
    axis.set_title("1 seed" if counted == "1" else f"{counted} seeds", loc="right", fontsize=7, color=GREY)
    axis.set(xlabel="environment steps", ylabel=curves[0].metric.label)
    if curves[0].metric is WIN_RATE:
        axis.set_ylim(-0.02, 1.02)
    axis.set_xlim(left=0)
    axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    _label_ends(axis, curves, styles, line)


def draw_curve(axis: Axes, curve: Curve, style: ModelStyle, each_seed: bool = False) -> None:
    """Draw a mean with its interval, its end, and perhaps the runs behind it."""
    if curve.interval is not None:
        axis.fill_between(curve.env_steps, *curve.interval, color=style.colour, alpha=0.11, linewidth=0)
    if each_seed:
        for seed in curve.seeds:
            axis.plot(seed.env_steps, seed.values, color=style.colour, alpha=0.4, linewidth=0.5)
    line: dict[str, Any] = {"linewidth": 1.5, "linestyle": style.dashes, "label": style.name}
    axis.plot(curve.env_steps, curve.mean, color=style.colour, **line)
    axis.plot(curve.env_steps[-1:], curve.mean[-1:], color=style.colour, marker="o", markersize=3.5, clip_on=False)


def _label_ends(axis: Axes, curves: Sequence[Curve], styles: Styles, line: float) -> None:
    """Write each model's last value and name beside the end of its curve."""
    bottom, top = axis.get_ylim()
    ordered = sorted(curves, key=lambda curve: float(curve.mean[-1]))
    labels = [f"{curve.mean[-1]:.2f} {styles[curve.model].name}".replace(SEPARATOR, "\n       ") for curve in ordered]
    heights = [line * (1 + label.count("\n")) for label in labels]
    centres = spread([(float(curve.mean[-1]) - bottom) / (top - bottom) for curve in ordered], heights, top=1.03)
    for curve, label, centre in zip(ordered, labels, centres, strict=True):
        colour = readable(styles[curve.model].colour)
        text: dict[str, Any] = {"color": colour, "fontsize": 7, "linespacing": 1.1, "va": "center"}
        axis.annotate(label, (1.02, centre), xycoords="axes fraction", **text)


def _text_lines(panel: Sequence[Curve], styles: Styles) -> int:
    """Count the lines of text beside a panel."""
    return sum(1 + styles[curve.model].name.count(SEPARATOR) for curve in panel)
