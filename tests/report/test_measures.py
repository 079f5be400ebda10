"""Measures of curves that can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.common.statistics import moving_average
from aiirmix.report.measures import area, final, first_reached, steps_to

STEPS = np.arange(11) * 100


def test_the_area_weighs_evaluations_by_the_steps_between_them():
    assert area(np.array([0, 100, 400]), np.array([0.0, 1.0, 0.0])) == pytest.approx((50 + 150) / 400)


@given(st.floats(0, 1), st.integers(1, 30))
def test_a_flat_curve_has_its_level_as_area_and_final_value(level, points):
    steps, values = np.arange(points) * 10, np.full((2, points), level)
    for measure in (area, final):
        np.testing.assert_allclose(measure(steps, values), [level, level])


def test_the_final_value_averages_the_last_fifth():
    assert final(STEPS, np.array([1.0] * 9 + [0.2, 0.4])) == pytest.approx(0.3)


def test_a_threshold_is_reached_by_the_smoothed_curve():
    """Four of the five evaluations around 700 are won."""
    curves = np.array([[0.0] * 6 + [1.0] * 5, [0.0] * 11, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]])
    np.testing.assert_array_equal(steps_to(0.8)(STEPS, curves), [700, np.inf, np.inf])


def test_a_threshold_counts_as_reached_the_first_time():
    assert first_reached(STEPS[:4], np.array([0.1, 0.5, 0.2, 0.9]), 0.5) == 100


@given(st.permutations([13, 15, 16, 17, 19]))
def test_rounding_does_not_make_a_curve_miss_a_threshold(wins):
    single = (np.array(wins) / 20).astype(np.float32)
    for kept in (single.astype(float), single.astype(float).round(6), np.array(wins) / 20):
        assert first_reached(STEPS[2:3], moving_average(kept, 5)[2:3], 0.8) == 200
