"""Advantages that the actor learns from. All arguments and results are [M, N]: M packed rows, N agents."""

from torch import Tensor


def total_advantage(returns: Tensor, values: Tensor, next_values: Tensor, r_ex: Tensor, gamma: float) -> Tensor:
    """Return A = G_total − V(s): the advantage of eq. 6 with two typos corrected.

    They are the order of V and V', and r_ex in the place of r_total.
    """
    del next_values, r_ex, gamma
    return returns - values


def printed_advantage(returns: Tensor, values: Tensor, next_values: Tensor, r_ex: Tensor, gamma: float) -> Tensor:
    """Return A = r_ex + γ V(s) − V(s'), as printed below eq. 6.

    It does not depend on r_in, so the meta-gradient is zero.
    """
    del returns
    return r_ex + gamma * values - next_values
