"""Rank correlations of two lists of numbers, with ties."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def kendall(x: Numbers, y: Numbers) -> float:
    """Return Kendall's τ_b of x and y, [n]; nan if all numbers of either are equal.

    Reference: Kendall (1945), "The treatment of ties in ranking problems".
    """
    return _normalised_product(np.sign(x[:, None] - x), np.sign(y[:, None] - y))


def spearman(x: Numbers, y: Numbers) -> float:
    """Return Spearman's ρ of x and y, [n]: the correlation of their ranks; nan if all numbers of either are equal."""
    ranks_x, ranks_y = ranks(x), ranks(y)
    return _normalised_product(ranks_x - ranks_x.mean(), ranks_y - ranks_y.mean())


def ranks(x: Numbers) -> Numbers:
    """Return the ranks of x, [n], from 1; equal numbers share the mean of their ranks."""
    below, equal = x[:, None] > x, x[:, None] == x
    return np.asarray(below.sum(1) + (equal.sum(1) + 1) / 2)


def _normalised_product(x: Numbers, y: Numbers) -> float:
    """Return Σxy / √(Σx² Σy²), or nan if one of the sums is 0."""
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / scale if scale else float("nan")
