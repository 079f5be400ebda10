"""Averages over runs and comparisons of runs, with their intervals, as numbers and as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from aiirmix.common.statistics import (
    Interval,
    Scores,
    Statistic,
    TwoSampleStatistic,
    bootstrap,
    bootstrap_comparison,
    mean,
    percentile_interval,
    pooled,
    probability_of_improvement,
)


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval, None where there is a single run."""

    value: float
    interval: Interval | None


def confidence_interval(strata: Sequence[Scores], statistic: Statistic = mean) -> Interval:
    """Return the 95 % bootstrap interval of a statistic of runs, stratified by map."""
    return percentile_interval(bootstrap(strata, statistic, np.random.default_rng(0)))


def format_interval(value: Scores | float, interval: Interval | None, number_format: str = ".2f") -> str:
    """Return a number with its interval: `0.50 [0.25, 0.75]`; alone if there is none."""
    number, low, high = (format(float(x), number_format) for x in (value, *(interval or (0, 0))))
    return f"{number} [{low}, {high}]" if interval else number


def can_be_resampled(*strata: Scores) -> bool:
    """Return whether there are several runs of each kind; a bootstrap of a single one has no width."""
    return min(map(len, strata)) > 1


def interval_cells(scores: Scores) -> list[object]:
    """Return the ends of the 95 % interval of a mean for a CSV file; empty for a single run."""
    return [f"{end:.6g}" for end in confidence_interval([scores])] if can_be_resampled(scores) else ["", ""]


def format_estimate(strata: Sequence[Scores], statistic: Statistic = mean) -> str:
    """Return a statistic of runs on several maps, each of which counts the same, with its interval."""
    interval = confidence_interval(strata, statistic) if can_be_resampled(*strata) else None
    return format_interval(statistic(pooled(strata)), interval)


def compared(pairs: Sequence[tuple[Scores, Scores]], statistic: TwoSampleStatistic) -> Estimate:
    """Return the mean over maps of a statistic of the runs of both sides, [n] and [m] on each map.

    Its interval is that of a bootstrap, stratified by map.
    """
    value = float(mean(np.stack([statistic(*pair) for pair in pairs])))
    if not can_be_resampled(*chain(*pairs)):
        return Estimate(value, None)
    return Estimate(value, percentile_interval(bootstrap_comparison(pairs, statistic, np.random.default_rng(0))))


def improvement(strata: Sequence[Scores], others: Sequence[Scores]) -> Estimate:
    """Return the probability of improvement over other runs on the same maps."""
    return compared(list(zip(strata, others, strict=True)), probability_of_improvement)


def format_improvement(strata: Sequence[Scores], others: Sequence[Scores]) -> str:
    """Return the probability of improvement over other runs on the same maps, with its interval."""
    chance = improvement(strata, others)
    return format_interval(chance.value, chance.interval)


def format_steps(steps: float | None) -> str:
    """Return environment steps with separators, `never` if infinite."""
    if steps is None:
        return "–"
    return f"{steps:,.0f}" if np.isfinite(steps) else "never"
