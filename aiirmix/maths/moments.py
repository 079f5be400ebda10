"""Means over valid entries."""

from torch import Tensor

from aiirmix.maths.shapes import assert_shape


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Mean of `x` where `mask` (same shape, bool) is True; 0 if nothing is."""
    assert_shape("mask", mask, *x.shape)
    return x.masked_fill(~mask, 0.0).sum() / mask.sum().clamp_min(1)


def standardise(x: Tensor, mask: Tensor, epsilon: float = 1e-5) -> Tensor:
    """(x − μ)/(σ + ε) with μ, σ over the entries where `mask` is True; differentiable through both."""
    mean = masked_mean(x, mask)
    variance = masked_mean((x - mean).square(), mask)
    return (x - mean) / (variance + epsilon**2).sqrt()


def explained_variance(prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """1 − Var(target − prediction)/Var(target) over the entries where `mask` is True; 1 is perfect, 0 a constant."""
    residual = target - prediction
    unexplained = masked_mean((residual - masked_mean(residual, mask)).square(), mask)
    return 1 - unexplained / masked_mean((target - masked_mean(target, mask)).square(), mask).clamp_min(1e-8)
