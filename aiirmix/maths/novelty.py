"""Rewards for what is new (docs/novelty.md).

Letters in shapes: T transitions, F features, K signs; `...` may be episodes or packed rows, and agents.
"""

import torch
from torch import Tensor

from aiirmix.maths.masked import masked_mean
from aiirmix.maths.returns import discounted_sum
from aiirmix.maths.shapes import assert_shape


def mean_squared_distance(prediction: Tensor, target: Tensor) -> Tensor:
    """Return ‖prediction − target‖²/F (Burda et al. 2019). Both [..., F] → [...]."""
    assert_shape("target", target, *prediction.shape)
    return (prediction - target).square().mean(-1)


def half_squared_distance(prediction: Tensor, target: Tensor) -> Tensor:
    """Return ½‖prediction − target‖² (Pathak et al. 2017, eq. 6). Both [..., F] → [...]."""
    assert_shape("target", target, *prediction.shape)
    return (prediction - target).square().sum(-1) / 2


def count_bonus(visits: Tensor) -> Tensor:
    """Return n^(−1/2) of the number of visits, this one included (Strehl & Littman 2008, eq. 7). [...] → [...]."""
    return visits.clamp_min(1).to(torch.get_default_dtype()).rsqrt()


def sign_key(x: Tensor, projection: Tensor) -> Tensor:
    """Return the signs of K random projections as the bits of an integer, below 2^K. [..., F], [F, K] → [...]."""
    assert_shape("projection", projection, x.shape[-1], None)
    bits = (x @ projection > 0).long()
    return (bits << torch.arange(projection.shape[1], device=x.device)).sum(-1)


def discounted_sums(x: Tensor, gamma: float) -> Tensor:
    """Return f_t = γ f_{t−1} + x_t, which looks back as a return looks ahead. [T, ...] → [T, ...]."""
    return discounted_sum(x.flip(0), gamma).flip(0)


def paid(bonus: Tensor, mask: Tensor, centre: bool) -> Tensor:
    """Return the bonus where `mask` is True, less its mean there if `centre`; 0 elsewhere. Both [M, N] → [M, N]."""
    assert_shape("mask", mask, *bonus.shape)
    return torch.where(mask, bonus - masked_mean(bonus, mask) * centre, 0.0)
