"""Statistics over valid entries."""

import torch
from torch import Tensor

from aiirmix.maths.shapes import assert_shape


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of `x` where `mask` (same shape, bool) is True; 0 if it is True nowhere."""
    assert_shape("mask", mask, *x.shape)
    return x.masked_fill(~mask, 0.0).sum() / mask.sum().clamp_min(1)


def standardise(x: Tensor, mask: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Return (x − μ)/√(σ² + ε²) with μ, σ over the entries where `mask` is True; differentiable through both."""
    mean = masked_mean(x, mask)
    variance = masked_mean((x - mean).square(), mask)
    return (x - mean) / (variance + epsilon**2).sqrt()


def explained_variance(prediction: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return 1 − Var(target − prediction)/Var(target) over the entries where `mask` is True, by default all.

    1 is a perfect prediction, 0 that of a constant.
    """
    if mask is None:
        mask = torch.ones_like(target, dtype=torch.bool)
    residual = target - prediction
    unexplained = masked_mean((residual - masked_mean(residual, mask)).square(), mask)
    return 1 - unexplained / masked_mean((target - masked_mean(target, mask)).square(), mask).clamp_min(1e-8)
