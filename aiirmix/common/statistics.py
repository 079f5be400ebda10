"""Averages over runs, and how far they can be trusted.

Scores come as arrays [runs, ...]: the first axis is the runs (seeds, or seeds of several maps), the others are anything
that is averaged separately, such as points of a curve. Where maps are aggregated, each is a stratum of its own. The
estimators are those of Agarwal et al. (2021), "Deep reinforcement learning at the edge of the statistical precipice".
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Statistic = Callable[[Scores], Scores]
"""From [runs, ...] to [...]."""
Comparison = Callable[[Scores, Scores], Scores]
"""From [runs of one, ...] and [runs of the other, ...] to [...]."""

RESAMPLES = 2000


class Interval(NamedTuple):
    """The ends of an interval."""

    low: Scores
    high: Scores


def mean(scores: Scores) -> Scores:
    """The average over runs. [runs, ...] → [...]."""
    return np.asarray(scores.mean(axis=0))


def interquartile_mean(scores: Scores) -> Scores:
    """The average of the middle half of the runs (IQM): a quarter, rounded down, is cut from each end.

    Less noisy than the median, less swayed by an outlier than the mean. [runs, ...] → [...].
    """
    cut = len(scores) // 4
    return mean(np.sort(scores, axis=0)[cut : len(scores) - cut])


def difference(x: Scores, y: Scores) -> Scores:
    """How much higher x is on average. [n, ...], [m, ...] → [...]."""
    return mean(x) - mean(y)


def probability_of_improvement(x: Scores, y: Scores) -> Scores:
    """P(X > Y) + ½ P(X = Y) for a run of each: Mann and Whitney's U / (n·m). [n, ...], [m, ...] → [...]."""
    better, equal = x[:, None] > y, x[:, None] == y
    return np.asarray((better + 0.5 * equal).mean(axis=(0, 1)))


def bootstrap(
    strata: Sequence[Scores], statistic: Statistic, random: np.random.Generator, resamples: int = RESAMPLES
) -> Scores:
    """The statistic of resampled runs: each stratum's are drawn anew with replacement, then all count alike.

    Args:
        strata: a [runs, ...] for each map; the numbers of runs may differ, the other axes must not.
        statistic: `mean`, `interquartile_mean`, …
        random: draws the runs.
        resamples: how often.

    Returns:
        [resamples, ...]

    Raises:
        ValueError: there is no stratum, or one of them has no run.
    """
    _require_runs(strata)
    return statistic(np.concatenate([_resample(scores, random, resamples) for scores in strata]))


def bootstrap_comparison(
    pairs: Sequence[tuple[Scores, Scores]],
    comparison: Comparison,
    random: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Scores:
    """The comparison of resampled runs, averaged over maps: on each, both sides are drawn anew with replacement.

    Args:
        pairs: the runs of both sides, [n, ...] and [m, ...], on each map.
        comparison: `difference`, `probability_of_improvement`, …
        random: draws the runs.
        resamples: how often.

    Returns:
        [resamples, ...]

    Raises:
        ValueError: there is no map, or a side has no run on one of them.
    """
    _require_runs([scores for pair in pairs for scores in pair])
    drawn = ((_resample(scores, random, resamples) for scores in pair) for pair in pairs)
    return mean(np.stack([comparison(*pair) for pair in drawn]))


def percentile_interval(samples: Scores, level: float = 0.95) -> Interval:
    """The central interval that holds a share `level` of the samples. [resamples, ...] → two of [...]."""
    tail = (1 - level) / 2
    low, high = np.quantile(samples, [tail, 1 - tail], axis=0)
    return Interval(low, high)


def moving_average(x: Scores, width: int) -> Scores:
    """The average of `width` ≥ 1 neighbours of each point of [..., points], itself amid them; fewer at the ends."""
    points = np.arange(x.shape[-1])
    first, last = np.maximum(points - width // 2, 0), np.minimum(points + (width + 1) // 2, len(points))
    total = np.concatenate([np.zeros((*x.shape[:-1], 1)), x.cumsum(axis=-1)], axis=-1)
    return np.asarray((total[..., last] - total[..., first]) / (last - first))


def _resample(scores: Scores, random: np.random.Generator, resamples: int) -> Scores:
    """As many runs, drawn with replacement. [runs, ...] → [runs, resamples, ...]."""
    return scores[random.integers(len(scores), size=(len(scores), resamples))]


def _require_runs(strata: Sequence[Scores]) -> None:
    if not strata or not all(len(scores) for scores in strata):
        raise ValueError("bootstrap needs at least one run in every stratum")
