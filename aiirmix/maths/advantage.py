"""Advantages that the actors learn from.

Letters in shapes: T transitions, B episodes, M packed rows, N agents; `...` may be agents.
"""

from typing import NamedTuple

from torch import Tensor

from aiirmix.maths.masked import correlation
from aiirmix.maths.returns import generalised_advantages, td_lambda_returns
from aiirmix.maths.shapes import assert_alike, assert_shape


class Estimate(NamedTuple):
    """Both [T, B, ...]; cells after an episode's end hold anything."""

    returns: Tensor
    """what the critic learns"""
    advantages: Tensor


def td_lambda_estimate(
    rewards: Tensor, values: Tensor, bootstrap: Tensor, terminal: Tensor, lengths: Tensor, gamma: float, lambda_: float
) -> Estimate:
    """Return λ-returns G that bootstrap from `bootstrap`, and G − V. Arguments: `maths.returns`."""
    assert_shape("values", values, *bootstrap.shape)
    returns = td_lambda_returns(rewards, bootstrap, terminal, lengths, gamma, lambda_)
    return Estimate(returns, returns - values[:-1])


def generalised_estimate(
    rewards: Tensor, values: Tensor, bootstrap: Tensor, terminal: Tensor, lengths: Tensor, gamma: float, lambda_: float
) -> Estimate:
    """Return Â + V and Â by generalised advantage estimation, which bootstraps from the values themselves."""
    del bootstrap
    advantages = generalised_advantages(rewards, values, terminal, lengths, gamma, lambda_)
    return Estimate(advantages + values[:-1], advantages)


def total_advantage(estimate: Tensor, values: Tensor, next_values: Tensor, r_ex: Tensor, gamma: float) -> Tensor:
    """Return the estimate itself, of r_total: the advantage of eq. 6 with two typos corrected. All [M, N].

    They are the order of V and V', and r_ex in the place of r_total.
    """
    assert_alike(estimate=estimate, values=values, next_values=next_values, r_ex=r_ex)
    del values, next_values, r_ex, gamma
    return estimate


def printed_advantage(estimate: Tensor, values: Tensor, next_values: Tensor, r_ex: Tensor, gamma: float) -> Tensor:
    """Return A = r_ex + γ V(s) − V(s'), as printed below eq. 6. All [M, N].

    It does not depend on r_in, so the meta-gradient is zero.
    """
    assert_alike(estimate=estimate, values=values, next_values=next_values, r_ex=r_ex)
    del estimate
    return r_ex + gamma * values - next_values


def fraction_of_advantage(advantage: Tensor, without: Tensor, mask: Tensor) -> Tensor:
    """Return 1 − corr(A, A′)² over the entries where `mask` is True: the fraction of Var(A) that A′ leaves open.

    Args:
        advantage: [M, N], A.
        without: [M, N], A′, the advantage without intrinsic reward.
        mask: [M, N], bool.

    Returns:
        A scalar from 0 to 1; 1 if either is constant.
    """
    assert_shape("without", without, *advantage.shape)
    assert_shape("mask", mask, *advantage.shape)
    return (1 - correlation(advantage[mask], without[mask]).square()).clamp_min(0)
