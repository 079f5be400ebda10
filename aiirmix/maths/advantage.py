"""The advantage that the actor learns from. All [T, B, N]; `r_ex` is spread over the agents."""

from torch import Tensor


def total_advantage(returns: Tensor, values: Tensor, next_values: Tensor, r_ex: Tensor, gamma: float) -> Tensor:
    """A = G_total − V(s): eq. 6's advantage with its typos mended (order of V and V', r_total for r_ex)."""
    del next_values, r_ex, gamma
    return returns - values


def printed_advantage(returns: Tensor, values: Tensor, next_values: Tensor, r_ex: Tensor, gamma: float) -> Tensor:
    """A = r_ex + γ V(s) − V(s'), as printed below eq. 6. It does not depend on r_in: the meta-gradient is zero."""
    del returns
    return r_ex + gamma * values - next_values
