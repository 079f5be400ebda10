"""The look of learning curves."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from aiirmix.report.learning_curves import Curve

COLOURS = {
    "aiir_mix": "#0072B2",
    "rmix": "#E69F00",
    "aiir": "#009E73",
    "liir": "#D55E00",
    "none": "#555555",
    "random": "#CC79A7",
    "remap": "#56B4E9",
}
"""Okabe and Ito's palette, which colour-blind readers can tell apart; a model has its colour in every picture."""
OTHER_COLOURS = ("#000000", "#8C6D31", "#7B4FA3", "#9C9C00")
GREY = "#777777"
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.labelcolor": "#222222",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "text.color": "#222222",
}
FEW_LINES = 10
"""Up to so many in a panel, the lines of single seeds are drawn too."""
LINE_HEIGHT = 0.065
"""Of a line of text, in win rate: its size in points divided by a panel's height."""


def draw(curves: Sequence[Curve], path: Path, title: str, notes: Sequence[str]) -> None:
    """Writes the picture of the curves, a panel for each map."""
    panels = [list(on_map) for _, on_map in groupby(curves, key=lambda curve: curve.world)]
    colours = colours_of([curve.model for curve in curves])
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    with rc_context(STYLE):
        figure = Figure(figsize=(6.4 * columns, 3.6 * rows + 0.8), layout="constrained")
        for index, panel in enumerate(panels):
            axis = figure.add_subplot(rows, columns, index + 1)
            axis.set_ylabel("" if index % columns else "test win rate")
            _draw_panel(axis, panel, colours)
        figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
        figure.supxlabel("  ".join(notes), x=0.01, ha="left", fontsize=8, color=GREY)
        figure.savefig(path, dpi=150)


def colours_of(models: Sequence[str]) -> dict[str, str]:
    """A colour for each model: its own if it has one, else one of the others."""
    others = sorted(set(models) - COLOURS.keys())
    return COLOURS | {model: OTHER_COLOURS[i % len(OTHER_COLOURS)] for i, model in enumerate(others)}


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


def _draw_panel(axis: Axes, curves: Sequence[Curve], colours: dict[str, str]) -> None:
    seeds = [len(curve.seeds) for curve in curves]
    for curve in curves:
        _draw_curve(axis, curve, colours[curve.model], each_seed=sum(seeds) <= FEW_LINES)
    _label_ends(axis, curves, colours)
    counted = "–".join(str(count) for count in sorted({min(seeds), max(seeds)}))
    axis.set_title(curves[0].world, loc="left", fontsize=11, fontweight="bold")
    axis.set_title("1 seed" if counted == "1" else f"{counted} seeds", loc="right", fontsize=9, color=GREY)
    axis.set(xlabel="environment steps", ylim=(-0.02, 1.02))
    axis.set_xlim(left=0)
    axis.xaxis.set_major_formatter(EngFormatter(sep=""))


def _draw_curve(axis: Axes, curve: Curve, colour: str, each_seed: bool) -> None:
    if curve.interval is not None:
        axis.fill_between(curve.env_steps, *curve.interval, color=colour, alpha=0.14, linewidth=0)
    if each_seed:
        for seed in curve.seeds:
            axis.plot(seed.env_steps, seed.values, color=colour, alpha=0.4, linewidth=0.7)
    axis.plot(curve.env_steps, curve.mean, color=colour, linewidth=2)
    axis.plot(curve.env_steps[-1:], curve.mean[-1:], color=colour, marker="o", markersize=5, clip_on=False)


def _label_ends(axis: Axes, curves: Sequence[Curve], colours: dict[str, str]) -> None:
    """Writes where each model has got, and its name, beside the end of its line."""
    ordered = sorted(curves, key=lambda curve: float(curve.mean[-1]))
    labels = [f"{curve.mean[-1]:.2f} {curve.model}".replace(",", "\n       ") for curve in ordered]
    heights = [LINE_HEIGHT * (1 + label.count("\n")) for label in labels]
    centres = spread([float(curve.mean[-1]) for curve in ordered], heights, top=1.03)
    for curve, label, centre in zip(ordered, labels, centres, strict=True):
        colour, beside = colours[curve.model], ("axes fraction", "data")
        axis.annotate(label, (1.01, centre), xycoords=beside, color=colour, va="center", linespacing=1.1)
