"""Rank correlations with ties, against values worked out by hand."""

import numpy as np
import pytest

from aiirmix.common.rank_correlation import kendall, ranks, spearman

UP = np.array([1.0, 2.0, 3.0, 4.0])


def test_equal_numbers_share_the_mean_of_their_ranks():
    assert ranks(np.array([0.3, 0.1, 0.3, 0.9])).tolist() == [2.5, 1, 2.5, 4]


@pytest.mark.parametrize("correlation", [kendall, spearman])
def test_the_same_order_gives_one_and_the_opposite_order_minus_one(correlation):
    assert correlation(UP, UP**3) == pytest.approx(1)
    assert correlation(UP, -(UP**3)) == pytest.approx(-1)


def test_one_exchange_of_neighbours():
    exchanged = np.array([1.0, 3.0, 2.0, 4.0])
    assert kendall(UP, exchanged) == pytest.approx((5 - 1) / 6)
    assert spearman(UP, exchanged) == pytest.approx(1 - 6 * 2 / (4 * 15))


def test_ties():
    """Of three pairs, x ties in one and both others agree: τ_b = 2 / √(2 · 3)."""
    x, y = np.array([1.0, 1.0, 0.1]), np.array([0.8, 0.1, 0.0])
    assert kendall(x, y) == pytest.approx(2 / np.sqrt(6))
    assert spearman(x, y) == pytest.approx(np.corrcoef([2.5, 2.5, 1], [3, 2, 1])[0, 1])


@pytest.mark.parametrize("correlation", [kendall, spearman])
def test_equal_numbers_alone_have_no_correlation(correlation):
    assert np.isnan(correlation(UP, np.zeros(4)))
