"""Learning curves as numbers: runs that differ in their seeds alone, averaged along environment steps."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aiirmix.errors import ConfigError
from aiirmix.report.runs import Run, require_equal
from aiirmix.report.statistics import Interval, bootstrap, mean, moving_average, percentile_interval

METRIC = "test/win_rate"
POINTS = 50
"""About so many independent points a curve should have: more evaluations than that are smoothed."""


@dataclass(frozen=True)
class Seed:
    """The line of one run."""

    env_steps: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """The mean over the seeds of a model on a map, as far as all of them have got. All [points]."""

    world: str
    model: str
    env_steps: NDArray[np.int64]
    mean: NDArray[np.float64]
    interval: Interval | None
    """95 % bootstrap over seeds; None for a single seed."""
    seeds: list[Seed]


def learning_curves(runs: Sequence[Run], width: int) -> list[Curve]:
    """A curve for each model on each map, sorted by map and model; `width` evaluations are averaged in each point.

    Raises:
        ConfigError: the runs are of several experiments, of several environments on one map, or of one model with
            several settings.
    """
    names = sorted({run.name for run in runs})
    if len(names) > 1:
        raise ConfigError(f"these are several experiments: {', '.join(names)}; choose one")
    curves = []
    for on_map in _split(runs, lambda run: run.world):
        require_equal(on_map, ["env"])
        curves += [learning_curve(of_model, width) for of_model in _split(on_map, lambda run: run.model)]
    return curves


def learning_curve(runs: Sequence[Run], width: int) -> Curve:
    """The curve of one model on one map.

    Raises:
        ConfigError: the runs differ in more than their seeds and budgets.
    """
    require_equal(runs, ["env", "model", "evaluation"])
    seeds = [Seed(run.env_steps, moving_average(run.column(METRIC), width)) for run in runs]
    common = sorted(set.intersection(*(set(seed.env_steps.tolist()) for seed in seeds)))
    values = np.stack([seed.values[np.isin(seed.env_steps, common)] for seed in seeds])
    interval = None
    if len(seeds) > 1:
        interval = percentile_interval(bootstrap([values], mean, np.random.default_rng(0)))
    return Curve(runs[0].world, runs[0].model, np.array(common), mean(values), interval, seeds)


def default_width(runs: Iterable[Run]) -> int:
    """How many evaluations to average so that the longest run keeps about `POINTS` independent points."""
    return max(1, max(len(run.rows) for run in runs) // POINTS)


def write_csv(curves: Sequence[Curve], path: Path) -> None:
    """Writes a row for each point of each curve; `low` and `high` are empty for a single seed."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["map", "model", "seeds", "env_steps", "mean", "low", "high"])
        for curve in curves:
            low, high = curve.interval or ([""] * len(curve.mean),) * 2
            points = zip(curve.env_steps, curve.mean, low, high, strict=True)
            writer.writerows([curve.world, curve.model, len(curve.seeds), *point] for point in points)


def _split(runs: Iterable[Run], key: Callable[[Run], str]) -> list[list[Run]]:
    """The runs by what `key` says of them, sorted by it."""
    return [list(alike) for _, alike in groupby(sorted(runs, key=key), key=key)]
