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
from aiirmix.report.learning_curves import Curve
from aiirmix.report.style import GREY, PAGE_WIDTH, STYLE, Look, looks_of, readable

FEW_LINES = 10
"""Up to so many in a panel, the lines of single seeds are drawn too."""
PANEL_HEIGHT, MARGIN = 2.15, 0.62
"""Of a panel with few lines, and of what is above and below its axes, in inches."""
LINE_HEIGHT = 0.13
"""Of a line of text, in inches."""
SEPARATOR = ", "
"""Between the parts of a model's name, which stand one below the other."""


def draw(curves: Sequence[Curve], path: Path, title: str, notes: Sequence[str]) -> None:
    """Writes the picture of the curves, a panel for each map, in the format that the end of its name says."""
    panels = [list(on_map) for _, on_map in groupby(curves, key=lambda curve: curve.world)]
    looks = looks_of([curve.model for curve in curves])
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    with rc_context(STYLE):
        height = max(PANEL_HEIGHT, MARGIN + LINE_HEIGHT * max(_lines(panel, looks) for panel in panels))
        size = (PAGE_WIDTH * (0.6 if columns == 1 else 1), height * rows + 0.5)
        figure = Figure(figsize=size, layout="constrained")
        for index, panel in enumerate(panels):
            axis = figure.add_subplot(rows, columns, index + 1)
            _draw_panel(axis, panel, looks, LINE_HEIGHT / (height - MARGIN))
        figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
        figure.supxlabel("  ".join(notes), x=0.01, ha="left", fontsize=6.5, color=GREY)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def spread(centres: Sequence[float], heights: Sequence[float], top: float) -> list[float]:
    """Ascending centres of boxes of these heights, moved so that no two overlap and none is above `top`."""
    moved = list(centres)
    half = [height / 2 for height in heights]
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + half[i - 1] + half[i])
    ceiling = top
    for i in reversed(range(len(moved))):
        moved[i] = min(moved[i], ceiling - half[i])
        ceiling = moved[i] - half[i]
    return moved


def _draw_panel(axis: Axes, curves: Sequence[Curve], looks: Mapping[str, Look], line: float) -> None:
    """Draws the curves on one map; `line` is the height of a line of text, as a share of the axes'."""
    seeds = [len(curve.seeds) for curve in curves]
    for curve in curves:
        _draw_curve(axis, curve, looks[curve.model], each_seed=sum(seeds) <= FEW_LINES)
    counted = "–".join(str(count) for count in sorted({min(seeds), max(seeds)}))
    axis.set_title(curves[0].world, loc="left", fontsize=9, fontweight="bold")
    axis.set_title("1 seed" if counted == "1" else f"{counted} seeds", loc="right", fontsize=7, color=GREY)
    axis.set(xlabel="environment steps", ylabel=curves[0].metric.label)
    if curves[0].metric is WIN_RATE:
        axis.set_ylim(-0.02, 1.02)
    axis.set_xlim(left=0)
    axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    _label_ends(axis, curves, looks, line)


def _draw_curve(axis: Axes, curve: Curve, look: Look, each_seed: bool) -> None:
    if curve.interval is not None:
        axis.fill_between(curve.env_steps, *curve.interval, color=look.colour, alpha=0.11, linewidth=0)
    if each_seed:
        for seed in curve.seeds:
            axis.plot(seed.env_steps, seed.values, color=look.colour, alpha=0.4, linewidth=0.5)
    axis.plot(curve.env_steps, curve.mean, color=look.colour, linewidth=1.5, linestyle=look.dashes)
    axis.plot(curve.env_steps[-1:], curve.mean[-1:], color=look.colour, marker="o", markersize=3.5, clip_on=False)


def _label_ends(axis: Axes, curves: Sequence[Curve], looks: Mapping[str, Look], line: float) -> None:
    """Writes where each model has got, and its name, beside the end of its line."""
    bottom, top = axis.get_ylim()
    ordered = sorted(curves, key=lambda curve: float(curve.mean[-1]))
    labels = [f"{curve.mean[-1]:.2f} {looks[curve.model].name}".replace(SEPARATOR, "\n       ") for curve in ordered]
    heights = [line * (1 + label.count("\n")) for label in labels]
    centres = spread([(float(curve.mean[-1]) - bottom) / (top - bottom) for curve in ordered], heights, top=1.03)
    for curve, label, centre in zip(ordered, labels, centres, strict=True):
        look = looks[curve.model]
        style: dict[str, Any] = {"color": readable(look.colour), "fontsize": 7, "linespacing": 1.1, "va": "center"}
        axis.annotate(label, (1.02, centre), xycoords="axes fraction", **style)


def _lines(panel: Sequence[Curve], looks: Mapping[str, Look]) -> int:
    """Of text beside a panel."""
    return sum(1 + looks[curve.model].name.count(SEPARATOR) for curve in panel)
