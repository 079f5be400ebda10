"""The masked, ε-mixed categorical policy: one definition for acting, learning, ratios and the meta-gradient."""

import math

import torch
from torch import Tensor

from aiirmix.maths.shapes import assert_shape

UNAVAILABLE = -1e9
"""The logit of an action that cannot be chosen: finite, so that no 0·∞ can arise."""


def masked_log_softmax(logits: Tensor, avail: Tensor) -> Tensor:
    """Return the log softmax over the available actions. Both [..., A]; `avail` is bool, one True per row at least."""
    assert_shape("avail", avail, *logits.shape)
    # Along rows as short as these, torch does not vectorise it on CPUs; across the rows it takes a tenth of the time.
    across = torch.where(avail, logits, UNAVAILABLE).movedim(-1, 0).contiguous()
    return torch.log_softmax(across, dim=0).movedim(0, -1)


def taken_log_probability(logits: Tensor, avail: Tensor, actions: Tensor, epsilon: float = 0.0) -> Tensor:
    """Return log π(u) with π = (1−ε)·softmax over available actions + ε/(number available).

    Args:
        logits: [..., A].
        avail: [..., A], bool.
        actions: [...], int, available.
        epsilon: the fraction ε of the uniform policy, in [0, 1].

    Returns:
        [...]
    """
    assert_shape("actions", actions, *logits.shape[:-1])
    taken = masked_log_softmax(logits, avail).gather(-1, actions[..., None]).squeeze(-1)
    if epsilon == 0.0:
        return taken
    uniform = math.log(epsilon) - avail.sum(-1).to(logits).log()
    log_remainder = math.log1p(-epsilon) if epsilon < 1.0 else UNAVAILABLE
    return torch.logaddexp(log_remainder + taken, uniform)


def action_probabilities(logits: Tensor, avail: Tensor, epsilon: float = 0.0) -> Tensor:
    """Return π(·), [..., A], of `taken_log_probability`; exactly 0 for unavailable actions."""
    softmax = masked_log_softmax(logits, avail).exp() * avail
    return (1 - epsilon) * softmax + epsilon * avail.to(logits) / avail.sum(-1, keepdim=True)


def entropy(logits: Tensor, avail: Tensor) -> Tensor:
    """Return the entropy in nats of the softmax over available actions, [...]."""
    log_probabilities = masked_log_softmax(logits, avail)
    return -(log_probabilities.exp() * log_probabilities).sum(-1)


def divergence(log_new: Tensor, log_old: Tensor) -> Tensor:
    """Return ρ − 1 − log ρ with ρ = π/π_old, whose mean over the actions of π_old is KL(π_old, π) in nats.

    It is never negative, and varies less than −log ρ, which has the same mean. All [...].
    """
    assert_shape("log_old", log_old, *log_new.shape)
    log_ratio = log_new - log_old
    return log_ratio.expm1() - log_ratio
