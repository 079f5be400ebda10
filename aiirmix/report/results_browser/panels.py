"""Panels of lines with bands, as the coordinates of inline SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.ticker import EngFormatter, MaxNLocator
from numpy.typing import ArrayLike

from aiirmix.common.statistics import Interval
from aiirmix.report.evaluations import WIN_RATE
from aiirmix.report.learning_curves import Curve
from aiirmix.report.results_browser.standings import Standings

WIDTH, HEIGHT = 460, 260
LEFT, RIGHT, TOP, BOTTOM = 40, 16, 10, 34
"""Margins around the axes, in the units of a panel."""
TICKS = 5

Range = tuple[float, float]


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: its position and its text."""

    at: float
    text: str


@dataclass(frozen=True)
class Line:
    """A model's line. Points are written as SVG writes them."""

    model: str
    seeds: int
    points: str
    band: str
    """The outline of its interval; empty if there is none."""
    runs: list[tuple[int, str]] = field(default_factory=list)
    """The line of each seed, in front of which its seed."""


@dataclass(frozen=True)
class Panel:
    """Lines over common axes."""

    label: str
    x_label: str
    y_label: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    lines: list[Line]


class Axes:
    """From numbers to the units of a panel."""

    def __init__(self, x: Range, y: Range) -> None:
        self.x, self.y = x, y

    def points(self, x: ArrayLike, y: ArrayLike) -> str:
        """Write the points of a line."""
        across = LEFT + (WIDTH - LEFT - RIGHT) * _fraction(x, self.x)
        down = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * _fraction(y, self.y)
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in np.column_stack([across, down]))

    def band(self, x: ArrayLike, interval: Interval | None) -> str:
        """Write the outline of an interval along a line; nothing if there is none."""
        if interval is None:
            return ""
        return f"{self.points(x, interval.low)} {self.points(np.flip(x), np.flip(interval.high))}"

    def x_ticks(self, write: Callable[[float], str]) -> list[Tick]:
        """Return marks at round numbers."""
        return [Tick(LEFT + (WIDTH - LEFT - RIGHT) * float(_fraction(x, self.x)), write(x)) for x in _round(self.x)]

    def y_ticks(self) -> list[Tick]:
        """Return marks at round numbers."""
        low = HEIGHT - BOTTOM
        return [Tick(low - (low - TOP) * float(_fraction(y, self.y)), f"{y:g}") for y in _round(self.y)]


def curve_panel(curves: Sequence[Curve], seeds: Sequence[Sequence[int]]) -> Panel:
    """Return the learning curves on a map; `seeds` has those of each curve."""
    metric = curves[0].metric
    values = np.concatenate([run.values for curve in curves for run in curve.seeds])
    longest = max(int(run.env_steps[-1]) for curve in curves for run in curve.seeds)
    axes = Axes((0, longest), (0, 1) if metric is WIN_RATE else (float(values.min()), float(values.max())))
    lines = [_curve(axes, curve, numbers) for curve, numbers in zip(curves, seeds, strict=True)]
    ticks = axes.x_ticks(EngFormatter(sep="")), axes.y_ticks()
    return Panel(curves[0].map_label, "environment steps", metric.label, *ticks, lines)


def profile_panel(standings: Standings, seeds: dict[str, int]) -> Panel:
    """Return performance profiles; `seeds` has the number of runs of each model."""
    thresholds = standings.profiles[0].thresholds
    axes = Axes((float(thresholds[0]), float(thresholds[-1])), (0, 1))
    lines = [
        Line(one.model, seeds[one.model], axes.points(thresholds, one.fraction), axes.band(thresholds, one.interval))
        for one in standings.profiles
    ]
    label = f"final {standings.metric.label.removeprefix('test ')} above"
    return Panel(standings.label, label, "fraction of runs", axes.x_ticks("{:g}".format), axes.y_ticks(), lines)


def _curve(axes: Axes, curve: Curve, seeds: Sequence[int]) -> Line:
    band = axes.band(curve.env_steps, curve.interval)
    runs = [(seed, axes.points(run.env_steps, run.values)) for seed, run in zip(seeds, curve.seeds, strict=True)]
    return Line(curve.model, len(runs), axes.points(curve.env_steps, curve.mean), band, runs)


def _fraction(x: ArrayLike, ends: Range) -> np.ndarray:
    return (np.asarray(x, float) - ends[0]) / ((ends[1] - ends[0]) or 1.0)


def _round(ends: Range) -> list[float]:
    ticks = MaxNLocator(TICKS).tick_values(*ends)
    return [float(tick) for tick in ticks if ends[0] <= tick <= ends[1]]
