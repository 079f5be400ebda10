"""Averages and intervals against brute force and numbers worked out by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import stats

from aiirmix.common.statistics import (
    bootstrap,
    bootstrap_comparison,
    contrast,
    difference,
    interquartile_mean,
    mean,
    moving_average,
    percentile_interval,
    pooled,
    probability_of_improvement,
    welch_interval,
    wilson_interval,
)

scores = arrays(np.float64, array_shapes(min_dims=1, max_dims=3, max_side=9), elements=st.floats(-10, 10))


def test_iqm_is_the_mean_of_the_middle_half():
    assert interquartile_mean(np.array([100.0, 3.0, 1.0, 2.0, -50.0, 4.0, 5.0, 0.0])) == (1 + 2 + 3 + 4) / 4


@pytest.mark.parametrize(("runs", "kept"), [(1, [0]), (3, [0, 1, 2]), (4, [1, 2]), (5, [1, 2, 3]), (8, [2, 3, 4, 5])])
def test_iqm_cuts_a_quarter_rounded_down_from_each_end(runs, kept):
    values = 2.0 ** np.arange(runs)
    assert interquartile_mean(values) == np.mean(values[kept])


@given(scores, st.randoms(use_true_random=False))
def test_averages_do_not_depend_on_the_order_of_the_runs(x, rng):
    order = rng.sample(range(len(x)), len(x))
    for statistic in (mean, interquartile_mean):
        np.testing.assert_allclose(statistic(x[order]), statistic(x), atol=1e-12)


@given(scores)
def test_averages_treat_every_column_separately(x):
    columns = x.reshape(len(x), -1)
    for statistic in (mean, interquartile_mean):
        alone = [statistic(column) for column in columns.T]
        np.testing.assert_allclose(statistic(x).ravel(), alone, atol=1e-12)


def test_the_bootstrap_of_two_runs_has_the_enumerated_distribution():
    """The means of two draws from {0, 1} are 0, ½, ½ and 1."""
    samples = bootstrap([np.array([0.0, 1.0])], mean, np.random.default_rng(0), resamples=20_000)
    values, counts = np.unique(samples, return_counts=True)
    np.testing.assert_array_equal(values, [0.0, 0.5, 1.0])
    np.testing.assert_allclose(counts / 20_000, [0.25, 0.5, 0.25], atol=0.015)


def test_bootstrap_draws_within_each_stratum():
    """Compare with all 3³·2² draws of three runs of one map and two of another."""
    strata = [np.array([0.1, 0.2, 0.6]), np.array([0.5, 0.9])]
    draws = product(*(product(s, repeat=len(s)) for s in strata))
    every = np.array([np.mean([np.mean(part) for part in draw]) for draw in draws])
    samples = bootstrap(strata, mean, np.random.default_rng(1), resamples=20_000)
    assert {round(x, 9) for x in samples} == {round(x, 9) for x in every}
    for quantile in (0.025, 0.5, 0.975):
        assert np.quantile(samples, quantile) == pytest.approx(np.quantile(every, quantile), abs=0.011)


def test_bootstrap_resamples_whole_curves():
    """Curves that are flat stay flat, so the points of a run stay together."""
    curves = np.arange(5.0)[:, None].repeat(7, axis=1)
    samples = bootstrap([curves], mean, np.random.default_rng(0), resamples=50)
    assert samples.shape == (50, 7)
    assert np.ptp(samples, axis=1).max() < 1e-12


def test_equal_runs_have_an_interval_of_no_width():
    samples = bootstrap([np.full((4, 3), 0.7)], interquartile_mean, np.random.default_rng(0), resamples=100)
    low, high = percentile_interval(samples)
    np.testing.assert_allclose([low, high], 0.7)


def test_the_interval_holds_the_given_fraction_of_the_samples():
    low, high = percentile_interval(np.arange(1001.0), level=0.9)
    assert (low, high) == pytest.approx((50.0, 950.0))


@pytest.mark.parametrize("strata", [[], [np.array([])], [np.array([1.0]), np.array([])]])
def test_bootstrap_needs_a_run_in_every_stratum(strata):
    with pytest.raises(ValueError, match="at least one run"):
        bootstrap(strata, mean, np.random.default_rng(0))


SIDES = np.array([0.2, 0.5, 0.9, 0.4]), np.array([0.5, 0.1, 0.4])


def test_the_probability_of_improvement_counts_won_pairs_and_half_of_the_ties():
    """Of the 4·3 pairs, 7 are won and 2 tied."""
    x, y = SIDES
    assert probability_of_improvement(x, y) == (7 + 2 / 2) / 12
    counted = sum((a > b) + 0.5 * (a == b) for a, b in product(x, y)) / (len(x) * len(y))
    assert probability_of_improvement(x, y) == counted


@given(scores)
def test_exchanging_the_sides_reverses_a_comparison(x):
    y = np.roll(x, 1, axis=0)[:-1] if len(x) > 1 else x
    np.testing.assert_allclose(probability_of_improvement(x, y) + probability_of_improvement(y, x), 1.0)
    np.testing.assert_allclose(difference(x, y), -difference(y, x))
    np.testing.assert_allclose(probability_of_improvement(x, x), 0.5)


def test_two_infinite_values_are_a_tie():
    assert probability_of_improvement(np.array([np.inf, 3.0]), np.array([np.inf, 1.0])) == (0.5 + 1 + 0 + 1) / 4


@pytest.mark.parametrize("statistic", [difference, probability_of_improvement])
def test_both_sides_of_a_comparison_are_resampled_on_each_map(statistic):
    """Compare with all 2²·2² draws of two maps with two runs on each side."""
    pairs = [(np.array([0.1, 0.7]), np.array([0.3, 0.4])), (np.array([0.5, 0.6]), np.array([0.2, 0.9]))]
    draws = [[product(side, repeat=2) for side in pair] for pair in pairs]
    on_each = [[statistic(np.array(x), np.array(y)) for x, y in product(*sides)] for sides in draws]
    every = np.array([mean(np.array(values)) for values in product(*on_each)])
    samples = bootstrap_comparison(pairs, statistic, np.random.default_rng(2), resamples=20_000)
    assert {round(float(x), 9) for x in samples} == {round(float(x), 9) for x in every}
    assert samples.mean() == pytest.approx(every.mean(), abs=0.01)
    for quantile in (0.1, 0.5, 0.9):
        assert np.quantile(samples, quantile) == pytest.approx(np.quantile(every, quantile), abs=0.051)


@pytest.mark.parametrize("pairs", [[], [(np.array([1.0]), np.array([]))]])
def test_a_comparison_needs_runs_on_both_sides(pairs):
    with pytest.raises(ValueError, match="at least one run"):
        bootstrap_comparison(pairs, difference, np.random.default_rng(0))


def test_moving_averages_of_even_and_odd_width():
    np.testing.assert_allclose(moving_average(np.array([0.0, 3.0, 6.0, 0.0]), 3), [1.5, 3.0, 3.0, 3.0])
    np.testing.assert_allclose(moving_average(np.array([0.0, 3.0, 6.0, 0.0]), 2), [0.0, 1.5, 4.5, 3.0])


@given(scores, st.sampled_from([1, 2, 3, 4, 21]))
def test_a_moving_average_is_the_mean_of_the_neighbours(x, width):
    expected = [x[..., max(i - width // 2, 0) : i - width // 2 + width].mean(axis=-1) for i in range(x.shape[-1])]
    np.testing.assert_allclose(moving_average(x, width), np.stack(expected, axis=-1), atol=1e-9)


def test_every_stratum_counts_the_same_whatever_its_runs():
    many, few = np.full(10, 1.0), np.array([0.0, 0.0, 0.0])
    assert mean(pooled([many, few])) == 0.5
    assert interquartile_mean(pooled([many, few])) == 0.5
    assert pooled([few, few + 1]).tolist() == [0, 0, 0, 1, 1, 1]
    assert np.allclose(bootstrap([many, few], mean, np.random.default_rng(0), resamples=5), 0.5)


SAMPLES = st.lists(st.floats(0, 1).map(lambda x: round(x, 3)), min_size=2, max_size=8, unique=True).map(np.array)


@given(SAMPLES, SAMPLES, st.sampled_from([0.9, 0.95, 0.999]))
def test_welch_intervals_are_those_of_scipy_s_tests(x, y, level):
    expected = stats.ttest_ind(x, y, equal_var=False).confidence_interval(level)
    np.testing.assert_allclose(welch_interval([x], [y], level), expected, atol=1e-9)
    np.testing.assert_allclose(
        welch_interval([x], [], level), stats.ttest_1samp(x, 0).confidence_interval(level), atol=1e-9
    )


def test_a_contrast_of_four_samples_by_hand():
    """Each mean of two runs 2 apart has the variance 2/2 = 1: in all 4, with 4 degrees of freedom, t = 2.776."""
    pairs = [np.array([level, level + 2.0]) for level in (10.0, 1.0, 5.0, 2.0)]
    added, subtracted = pairs[:2], pairs[2:]
    assert contrast(added, subtracted) == (11 + 2) - (6 + 3)
    np.testing.assert_allclose(welch_interval(added, subtracted), [4 - 2 * 2.776, 4 + 2 * 2.776], atol=1e-3)


def test_runs_without_variance_have_an_interval_without_width():
    np.testing.assert_array_equal(welch_interval([np.ones(3)], [np.zeros(4)]), [1, 1])


def test_one_run_has_no_welch_interval():
    with pytest.raises(ValueError, match="two runs"):
        welch_interval([np.ones(1)], [np.zeros(4)])


@given(st.integers(1, 400), st.floats(0, 1), st.sampled_from([0.9, 0.95]))
def test_wilson_intervals_are_those_of_scipy(trials, fraction, level):
    successes = round(fraction * trials)
    expected = stats.binomtest(successes, trials).proportion_ci(level, method="wilson")
    interval = wilson_interval(successes, trials, level)
    np.testing.assert_allclose(np.stack(interval), [expected.low, expected.high], atol=1e-9)
