"""The metrics of a model on a map as small charts, a line for each seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aiirmix.report.evaluations import grouped
from aiirmix.runs.recorded import RecordedRun

WIDTH, HEIGHT = 100, 32
"""The size of a chart, in the units of its lines; the page scales it."""
POINTS = 80
"""Points in a line, at most."""


@dataclass(frozen=True)
class Chart:
    """One metric."""

    name: str
    """Without its group."""
    low: float
    high: float
    last: float
    """The mean over seeds of their last values."""
    lines: list[str]
    """The points of each seed's line, as SVG writes them."""


@dataclass(frozen=True)
class ChartGroup:
    """Metrics with the same prefix."""

    name: str
    charts: list[Chart]


def chart_groups(runs: Sequence[RecordedRun]) -> list[ChartGroup]:
    """Return all metrics of runs that differ in their seeds, in groups."""
    names = sorted({name for run in runs for name in run.metrics})
    found = [_group(alike, runs) for alike in grouped(names, _prefix)]
    return [group for group in found if group.charts]


def _group(names: Sequence[str], runs: Sequence[RecordedRun]) -> ChartGroup:
    return ChartGroup(_prefix(names[0]), [chart for name in names if (chart := _chart(name, runs))])


def _prefix(name: str) -> str:
    return name.partition("/")[0]


def _chart(name: str, runs: Sequence[RecordedRun]) -> Chart | None:
    """Return the chart of a metric; None if it was never a number."""
    curves = [(run.env_steps, run.column(name)) for run in runs if name in run.metrics]
    curves = [(steps[np.isfinite(values)], values[np.isfinite(values)]) for steps, values in curves]
    curves = [(steps, values) for steps, values in curves if len(steps)]
    if not curves:
        return None
    low, high = min(values.min() for _, values in curves), max(values.max() for _, values in curves)
    longest = max(int(steps[-1]) for steps, _ in curves)
    lines = [_line(steps / max(1, longest), (values - low) / ((high - low) or 1.0)) for steps, values in curves]
    last = float(np.mean([values[-1] for _, values in curves]))
    return Chart(name.partition("/")[2] or name, float(low), float(high), last, lines)


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    """Scale points of the unit square to the chart, y upwards."""
    chosen = np.unique(np.linspace(0, len(x) - 1, min(len(x), POINTS)).round().astype(int))
    return " ".join(
        f"{WIDTH * a:.1f},{1 + (HEIGHT - 2) * (1 - b):.1f}" for a, b in zip(x[chosen], y[chosen], strict=True)
    )
