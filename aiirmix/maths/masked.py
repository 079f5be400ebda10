"""Statistics over valid entries."""

import torch
from torch import Tensor

from aiirmix.maths.shapes import assert_shape


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of `x` where `mask` (bool) is True; 0 if it is True nowhere. Both [...]."""
    assert_shape("mask", mask, *x.shape)
    return x.masked_fill(~mask, 0.0).sum() / mask.sum().clamp_min(1)


def masked_variance(x: Tensor, mask: Tensor) -> Tensor:
    """Return the variance of `x` where `mask` (bool) is True; 0 if it is True nowhere. Both [...]."""
    return masked_mean((x - masked_mean(x, mask)).square(), mask)


def correlation(x: Tensor, y: Tensor) -> Tensor:
    """Return Pearson's correlation of two vectors of the same length; 0 if one is constant."""
    assert_shape("y", y, *x.shape)
    constant = (x == x[:1]).all() | (y == y[:1]).all()
    return torch.cosine_similarity(x - x.mean(), y - y.mean(), dim=0).masked_fill(constant, 0.0)


def row_deviations(x: Tensor, mask: Tensor, negligible: float = 1e-6) -> Tensor:
    """Return how far each valid entry is from the mean of its row's valid entries; 0 if that is rounding error.

    Args:
        x: [M, N].
        mask: [M, N], bool.
        negligible: the fraction of Var(x) below which the deviations count as rounding error.

    Returns:
        [K], of the entries where `mask` is True, row by row.
    """
    assert_shape("mask", mask, *x.shape)
    means = x.masked_fill(~mask, 0.0).sum(1, keepdim=True) / mask.sum(1, keepdim=True).clamp_min(1)
    deviations = (x - means)[mask]
    size = deviations.square().mean() if len(deviations) else deviations.sum()
    return torch.where(size > negligible * masked_variance(x, mask), deviations, 0.0)


def unexplained(x: Tensor, y: Tensor, negligible: float = 1e-6) -> Tensor:
    """Return what is left of a vector after regression on another, in standard deviations; 0 if it is rounding error.

    Args:
        x: [K].
        y: [K].
        negligible: the fraction of Var(x) below which the rest counts as rounding error.
    """
    everywhere = torch.ones_like(x, dtype=torch.bool)
    together = correlation(x, y)
    rest = standardise(x, everywhere) - together * standardise(y, everywhere)
    return torch.where(1 - together.square() > negligible, rest, 0.0)


def standardise(x: Tensor, mask: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Return (x − μ)/√(σ² + ε²) with μ, σ over the entries where `mask` is True; differentiable through both.

    `x`, `mask` (bool) and what is returned are [...].
    """
    return (x - masked_mean(x, mask)) / (masked_variance(x, mask) + epsilon**2).sqrt()


def real_cells(lengths: Tensor, steps: int) -> Tensor:
    """Mark the cells before an episode's end among `steps` timesteps: lengths [B] → [T, B], bool."""
    assert_shape("lengths", lengths, None)
    return torch.arange(steps, device=lengths.device)[:, None] < lengths


def explained_variance(prediction: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return 1 − Var(target − prediction)/Var(target) over the entries where `mask` is True, by default all.

    1 is a perfect prediction, 0 that of a constant; 0, too, where the target is constant. All [...], of the same shape.
    """
    if mask is None:
        mask = torch.ones_like(target, dtype=torch.bool)
    variance, left = masked_variance(target, mask), masked_variance(target - prediction, mask)
    return torch.where(variance > 1e-8, 1 - left / variance, 0.0)
