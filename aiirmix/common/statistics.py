"""Averages over runs, and their confidence intervals.

Scores are arrays [runs, ...]. The first axis holds the runs: seeds, or seeds of several maps. The other axes hold
whatever is averaged separately, such as the points of a curve. When maps are aggregated, each map is a stratum. The
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
    """Return the average over runs. [runs, ...] → [...]."""
    return np.asarray(scores.mean(axis=0))


def interquartile_mean(scores: Scores) -> Scores:
    """Return the interquartile mean (IQM): a quarter of the runs, rounded down, is cut from each end.

    It is less noisy than the median, and less sensitive to outliers than the mean. [runs, ...] → [...].
    """
    cut = len(scores) // 4
    return mean(np.sort(scores, axis=0)[cut : len(scores) - cut])


def difference(x: Scores, y: Scores) -> Scores:
    """Return how much higher x is on average. [n, ...], [m, ...] → [...]."""
    return mean(x) - mean(y)


def probability_of_improvement(x: Scores, y: Scores) -> Scores:
    """Return P(X > Y) + ½ P(X = Y) for a run of each: the Mann-Whitney U / (n·m). [n, ...], [m, ...] → [...]."""
    better, equal = x[:, None] > y, x[:, None] == y
    return np.asarray((better + 0.5 * equal).mean(axis=(0, 1)))


def bootstrap(
    strata: Sequence[Scores], statistic: Statistic, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Scores:
    """Return the statistic of resampled runs, drawn with replacement within each stratum; all runs weigh the same.

    Args:
        strata: [runs, ...] for each map; the numbers of runs may differ, the other axes must not.
        statistic: `mean`, `interquartile_mean`, …
        rng: draws the runs.
        resamples: the number of resamples.

    Returns:
        [resamples, ...]

    Raises:
        ValueError: there is no stratum, or a stratum has no run.
    """
    _require_runs(strata)
    return statistic(np.concatenate([_resample(scores, rng, resamples) for scores in strata]))


def bootstrap_comparison(
    pairs: Sequence[tuple[Scores, Scores]],
    comparison: Comparison,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Scores:
    """Return the comparison of resampled runs, averaged over maps; on each map both sides are drawn with replacement.

    Args:
        pairs: the runs of both sides, [n, ...] and [m, ...], for each map.
        comparison: `difference`, `probability_of_improvement`, …
        rng: draws the runs.
        resamples: the number of resamples.

    Returns:
        [resamples, ...]

    Raises:
        ValueError: there is no map, or a side has no run on a map.
    """
    _require_runs([scores for pair in pairs for scores in pair])
    drawn = ((_resample(scores, rng, resamples) for scores in pair) for pair in pairs)
    return mean(np.stack([comparison(*pair) for pair in drawn]))


def percentile_interval(samples: Scores, level: float = 0.95) -> Interval:
    """Return the central interval that holds the fraction `level` of the samples. [resamples, ...] → two of [...]."""
    tail = (1 - level) / 2
    low, high = np.quantile(samples, [tail, 1 - tail], axis=0)
    return Interval(low, high)


def moving_average(x: Scores, width: int) -> Scores:
    """Return the average of the `width` ≥ 1 points around each point of [..., points]; fewer at the ends."""
    points = np.arange(x.shape[-1])
    first, last = np.maximum(points - width // 2, 0), np.minimum(points + (width + 1) // 2, len(points))
    total = np.concatenate([np.zeros((*x.shape[:-1], 1)), x.cumsum(axis=-1)], axis=-1)
    return np.asarray((total[..., last] - total[..., first]) / (last - first))


def _resample(scores: Scores, rng: np.random.Generator, resamples: int) -> Scores:
    """Draw as many runs with replacement. [runs, ...] → [runs, resamples, ...]."""
    return scores[rng.integers(len(scores), size=(len(scores), resamples))]


def _require_runs(strata: Sequence[Scores]) -> None:
    if not strata or not all(len(scores) for scores in strata):
        raise ValueError("bootstrap needs at least one run in every stratum")
