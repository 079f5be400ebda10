"""Losses of proximal policy optimisation (Schulman et al. 2017)."""

import torch
from torch import Tensor
from torch.nn.functional import huber_loss

from aiirmix.maths.shapes import assert_shape


def clipped_objective(log_new: Tensor, log_old: Tensor, advantage: Tensor, clip: float) -> Tensor:
    """Return min(ρA, clip(ρ, 1−ε, 1+ε)A) with ρ = π/π_old (eq. 7): moving ρ further than ε gains nothing.

    Args:
        log_new: [...]; log π(u), the only argument that carries a gradient.
        log_old: [...]; log π_old(u).
        advantage: [...].
        clip: ε.

    Returns:
        [...]
    """
    assert_shape("log_old", log_old, *log_new.shape)
    assert_shape("advantage", advantage, *log_new.shape)
    ratio = (log_new - log_old.detach()).exp()
    return torch.minimum(ratio * advantage.detach(), ratio.clamp(1 - clip, 1 + clip) * advantage.detach())


def clipped_weight(log_new: Tensor, log_old: Tensor, advantage: Tensor, clip: float) -> Tensor:
    """Return w with ∇ clipped_objective = w A ∇log π(u): the ratio ρ, or 0 where A pulls ρ further out of 1 ± ε.

    All [...] and constant.
    """
    assert_shape("log_old", log_old, *log_new.shape)
    assert_shape("advantage", advantage, *log_new.shape)
    ratio = (log_new - log_old).detach().exp()
    gained = ((ratio > 1 + clip) & (advantage > 0)) | ((ratio < 1 - clip) & (advantage < 0))
    return ratio.masked_fill(gained, 0.0)


def squared_value_loss(values: Tensor, old: Tensor, targets: Tensor) -> Tensor:
    """Return (V − target)². All [...]."""
    assert_shape("targets", targets, *values.shape)
    del old
    return (values - targets).square()


def value_loss(values: Tensor, old: Tensor, targets: Tensor, delta: float) -> Tensor:
    """Return the Huber loss of V: ½(V − target)² up to an error of `delta`, linear beyond. All [...]."""
    assert_shape("targets", targets, *values.shape)
    del old
    return huber_loss(values, targets, reduction="none", delta=delta)


def clipped_value_loss(values: Tensor, old: Tensor, targets: Tensor, delta: float, clip: float) -> Tensor:
    """Return the greater of the losses of V and of V_old + clip(V − V_old, ±ε), so that steps beyond ε gain nothing.

    All [...].
    """
    assert_shape("old", old, *values.shape)
    near = old.detach() + (values - old.detach()).clamp(-clip, clip)
    return torch.maximum(value_loss(values, old, targets, delta), value_loss(near, old, targets, delta))
