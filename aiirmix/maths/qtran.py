"""Losses that make utilities factorise a joint value (Son et al. 2019, QTRAN).

Let D(u) = Q'_jt(u) − Q_jt(u) + V with Q'_jt(u) = Σ_i Q_i(u_i). Agents that are greedy in their own utilities are greedy
in Q_jt if D is 0 at their choice ū and nowhere negative.
Letters in shapes: N agents, A actions, D features; `...` may be packed rows and agents.
"""

import torch
from torch import Tensor

from aiirmix.maths.masked import masked_mean
from aiirmix.maths.shapes import assert_shape


def optimal_loss(q_sum: Tensor, q_joint: Tensor, v: Tensor) -> Tensor:
    """Return L_opt = mean D(ū)². All [...], for the actions ū; no gradient flows into `q_joint`."""
    assert_shape("q_joint", q_joint, *q_sum.shape)
    assert_shape("v", v, *q_sum.shape)
    return (q_sum - q_joint.detach() + v).square().mean()


def nonoptimal_loss(q_sum: Tensor, q_joint: Tensor, v: Tensor) -> Tensor:
    """Return L_nopt = mean min(D(u), 0)² (base). All [...], for the actions taken; no gradient flows into `q_joint`."""
    assert_shape("q_joint", q_joint, *q_sum.shape)
    assert_shape("v", v, *q_sum.shape)
    return (q_sum - q_joint.detach() + v).clamp_max(0.0).square().mean()


def counterfactual_loss(q_sum: Tensor, q_joint: Tensor, v: Tensor, avail: Tensor) -> Tensor:
    """Return L_nopt-min = mean over agents of (min_{u_i} D(u_i, u_{−i}))² (alt); no gradient flows into `q_joint`.

    Agents without a choice, such as dead ones, do not count: their minimum is D(u) itself, which need not be 0.

    Args:
        q_sum: [..., A], Q'_jt with the agent's action replaced by each of its actions.
        q_joint: [..., A], Q_jt likewise.
        v: [...].
        avail: [..., A], bool; the minimum is over these.
    """
    assert_shape("q_joint", q_joint, *q_sum.shape)
    assert_shape("v", v, *q_sum.shape[:-1])
    assert_shape("avail", avail, *q_sum.shape)
    gap = (q_sum - q_joint.detach() + v[..., None]).masked_fill(~avail, float("inf"))
    return masked_mean(gap.amin(-1).square(), avail.sum(-1) > 1)


def replaced_sums(q: Tensor, taken: Tensor) -> Tensor:
    """Return Q'_jt with one agent's action replaced: Σ_{j≠i} Q_j(u_j) + Q_i(a) for every i and a.

    Args:
        q: [..., N, A].
        taken: [..., N], Q_i(u_i).

    Returns:
        [..., N, A]
    """
    assert_shape("taken", taken, *q.shape[:-1])
    others = taken.sum(-1, keepdim=True) - taken
    return others[..., None] + q


def sum_of_others(x: Tensor) -> Tensor:
    """Return Σ_{j≠i} x_j for every agent i. [..., N, D] → [..., N, D]."""
    return torch.sub(x.sum(-2, keepdim=True), x)
