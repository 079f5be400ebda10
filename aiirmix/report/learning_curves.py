"""Learning curves as numbers: runs that differ only in their seeds, averaged at each evaluation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.statistics import Interval, Scores, bootstrap, mean, moving_average, percentile_interval
from aiirmix.report.csv_files import write_csv
from aiirmix.report.evaluations import Evaluations, Metric, grouped, metric_of

POINTS = 50
"""Independent points that a curve should have, roughly: more evaluations than that are smoothed."""
COLUMNS = ("map", "model", "metric", "seeds", "env_steps", "mean", "low", "high")


@dataclass(frozen=True)
class SeedCurve:
    """The curve of one run."""

    env_steps: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """The mean over the seeds of a model on a map, up to the last evaluation that all of them have. [points]."""

    map_label: str
    model: str
    metric: Metric
    env_steps: NDArray[np.int64]
    mean: NDArray[np.float64]
    interval: Interval | None
    """95 % bootstrap over seeds; None for a single seed."""
    seeds: list[SeedCurve]


def learning_curves(runs: Sequence[Evaluations], width: int) -> list[Curve]:
    """Return a curve for each model on each map, sorted by map and model; each point averages `width` evaluations.

    Curves show the win rate, or the return on a map where nothing was ever won.
    """
    curves = []
    for on_map in grouped(runs, lambda run: run.map_label):
        metric = metric_of(on_map)
        curves += [learning_curve(seeds, metric, width) for seeds in grouped(on_map, lambda run: run.model)]
    return curves


def learning_curve(runs: Sequence[Evaluations], metric: Metric, width: int) -> Curve:
    """Return the curve of one model on one map."""
    seeds = [SeedCurve(run.env_steps, moving_average(run.metrics[metric.name], width)) for run in runs]
    env_steps, values = aligned([seed.env_steps for seed in seeds], [seed.values for seed in seeds])
    interval = None
    if len(seeds) > 1:
        interval = percentile_interval(bootstrap([values], mean, np.random.default_rng(0)))
    return Curve(runs[0].map_label, runs[0].model, metric, env_steps, mean(values), interval, seeds)


def aligned(env_steps: Sequence[NDArray[np.int64]], values: Sequence[Scores]) -> tuple[NDArray[np.int64], Scores]:
    """Keep the evaluations that all runs have. Of each run [points] → steps [common] and values [runs, common]."""
    common = np.array(sorted(set.intersection(*(set(steps.tolist()) for steps in env_steps))), np.int64)
    return common, np.stack([x[np.isin(steps, common)] for steps, x in zip(env_steps, values, strict=True)])


def default_width(runs: Iterable[Evaluations]) -> int:
    """Return how many evaluations to average so that the longest run keeps about `POINTS` independent points."""
    return max(1, max(len(run.env_steps) for run in runs) // POINTS)


def write_curves(curves: Sequence[Curve], path: Path) -> None:
    """Write a row for each point of each curve; `low` and `high` are empty for a single seed."""
    write_csv(path, COLUMNS, (row for curve in curves for row in _rows(curve)))


def _rows(curve: Curve) -> list[tuple[object, ...]]:
    low, high = curve.interval or ([""] * len(curve.mean),) * 2
    points = zip(curve.env_steps, curve.mean, low, high, strict=True)
    return [(curve.map_label, curve.model, curve.metric.name, len(curve.seeds), *point) for point in points]
