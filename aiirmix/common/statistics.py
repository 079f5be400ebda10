"""Averages over runs and their confidence intervals.

Scores are arrays [runs, ...]. The first axis holds runs (seeds, or seeds of several maps). The other axes, such as the
points of a curve, are averaged separately. Where maps are aggregated, each map is a stratum of its own. The estimators
are those of Agarwal et al. (2021), "Deep reinforcement learning at the edge of the statistical precipice".
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

Scores = NDArray[np.float64]
Statistic = Callable[[Scores], Scores]
"""From [runs, ...] to [...]."""
TwoSampleStatistic = Callable[[Scores, Scores], Scores]
"""From two samples, [n, ...] and [m, ...], to [...]."""

RESAMPLES = 2000
LEVEL = 0.95
"""Of intervals, where nothing else is said."""


class Interval(NamedTuple):
    """The ends of an interval."""

    low: Scores
    high: Scores


def mean(scores: Scores) -> Scores:
    """Average over runs. [runs, ...] → [...]."""
    return np.asarray(scores.mean(axis=0))


def interquartile_mean(scores: Scores) -> Scores:
    """Average the middle half of the runs (IQM), without a quarter, rounded down, at each end. [runs, ...] → [...].

    It is less noisy than the median and less sensitive to outliers than the mean.
    """
    cut = len(scores) // 4
    return mean(np.sort(scores, axis=0)[cut : len(scores) - cut])


def fraction_above(thresholds: Scores) -> Statistic:
    """Return the statistic of a performance profile: the fraction of runs above each threshold [thresholds].

    [runs, ...] → [..., thresholds].
    """

    def statistic(scores: Scores) -> Scores:
        return mean((scores[..., None] > thresholds).astype(float))

    return statistic


def difference(x: Scores, y: Scores) -> Scores:
    """Return by how much the mean of x exceeds the mean of y. [n, ...], [m, ...] → [...]."""
    return mean(x) - mean(y)


def probability_of_improvement(x: Scores, y: Scores) -> Scores:
    """Return P(X > Y) + ½ P(X = Y) for one run of each: Mann and Whitney's U / (n·m). [n, ...], [m, ...] → [...]."""
    better, equal = x[:, None] > y, x[:, None] == y
    return np.asarray((better + 0.5 * equal).mean(axis=(0, 1)))


def pooled(strata: Sequence[Scores]) -> Scores:
    """Join the runs of all strata, [runs, ...] each, repeated until each stratum counts the same. [entries, ...]."""
    size = math.lcm(*map(len, strata))
    return np.concatenate([scores.repeat(size // len(scores), axis=0) for scores in strata])


def bootstrap(
    strata: Sequence[Scores], statistic: Statistic, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Scores:
    """Apply the statistic to resampled runs, drawn with replacement within each stratum and then `pooled`.

    Args:
        strata: a [runs, ...] for each map; the numbers of runs may differ, the other axes must not.
        statistic: `mean`, `interquartile_mean`, …
        rng: draws the runs.
        resamples: the number of resamples.

    Returns:
        [resamples, ...]

    Raises:
        ValueError: there is no stratum, or a stratum has no run.
    """
    _require_runs(strata)
    return statistic(pooled([_resample(scores, rng, resamples) for scores in strata]))


def bootstrap_comparison(
    pairs: Sequence[tuple[Scores, Scores]],
    statistic: TwoSampleStatistic,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Scores:
    """Apply the statistic to resampled runs of both sides on each map, and average over maps.

    Args:
        pairs: the runs of both sides, [n, ...] and [m, ...], on each map.
        statistic: `difference`, `probability_of_improvement`, …
        rng: draws the runs.
        resamples: the number of resamples.

    Returns:
        [resamples, ...]

    Raises:
        ValueError: there is no map, or a side has no run on one of them.
    """
    _require_runs([scores for pair in pairs for scores in pair])
    drawn = ((_resample(scores, rng, resamples) for scores in pair) for pair in pairs)
    return mean(np.stack([statistic(*pair) for pair in drawn]))


def percentile_interval(samples: Scores, level: float = LEVEL) -> Interval:
    """Return the central interval that holds the fraction `level` of the samples. [resamples, ...] → two of [...]."""
    tail = (1 - level) / 2
    low, high = np.quantile(samples, [tail, 1 - tail], axis=0)
    return Interval(low, high)


def contrast(added: Sequence[Scores], subtracted: Sequence[Scores]) -> float:
    """Return the sum of the means of some samples, [runs] each, less those of others."""
    return float(sum(map(mean, added)) - sum(map(mean, subtracted)))


def welch_interval(added: Sequence[Scores], subtracted: Sequence[Scores], level: float = LEVEL) -> Interval:
    """Return the interval of a `contrast` of independent samples, [runs] each, with variances of their own.

    Half its width is t_ν √(Σ vₖ), where vₖ = sₖ²/nₖ and ν = (Σ vₖ)² / Σ vₖ²/(nₖ − 1) (Welch 1947). Unlike that of a
    bootstrap, which never leaves the range of the runs, its level can be relied on with five runs, and at 99.9 %, too.

    Raises:
        ValueError: a sample has one run, whose variance is unknown.
    """
    samples = [*added, *subtracted]
    if min(map(len, samples)) < 2:
        raise ValueError("a variance takes two runs")
    variances = np.array([scores.var(ddof=1) / len(scores) for scores in samples])
    total = variances.sum()
    if total == 0:
        half = 0.0
    else:
        freedom = total**2 / (variances**2 / [len(scores) - 1 for scores in samples]).sum()
        half = stdtrit(freedom, (1 + level) / 2) * np.sqrt(total)
    centre = contrast(added, subtracted)
    return Interval(np.asarray(centre - half), np.asarray(centre + half))


def wilson_interval(successes: int, trials: int, level: float = LEVEL) -> Interval:
    """Return the interval of a probability from independent trials (Wilson 1927); it has a width even at 0 and 1."""
    fraction, z = successes / trials, float(ndtri((1 + level) / 2))
    centre = (fraction + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * math.sqrt(fraction * (1 - fraction) / trials + (z / (2 * trials)) ** 2)
    return Interval(np.asarray(max(centre - half, 0.0)), np.asarray(min(centre + half, 1.0)))


def moving_average(x: Scores, width: int) -> Scores:
    """Average each point of [..., points] over a centred window of `width` ≥ 1 points, cut off at the ends."""
    points = np.arange(x.shape[-1])
    first, last = np.maximum(points - width // 2, 0), np.minimum(points + (width + 1) // 2, len(points))
    total = np.concatenate([np.zeros((*x.shape[:-1], 1)), x.cumsum(axis=-1)], axis=-1)
    return np.asarray((total[..., last] - total[..., first]) / (last - first))


def _resample(scores: Scores, rng: np.random.Generator, resamples: int) -> Scores:
    """Draw as many runs, with replacement, for each resample. [runs, ...] → [runs, resamples, ...]."""
    return scores[rng.integers(len(scores), size=(len(scores), resamples))]


def _require_runs(strata: Sequence[Scores]) -> None:
    if not strata or not all(len(scores) for scores in strata):
        raise ValueError("bootstrap needs at least one run in every stratum")
