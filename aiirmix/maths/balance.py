"""How much of the actors' advantage is intrinsic, in units of standard deviation. Shapes: M packed rows, N agents."""

from torch import Tensor

from aiirmix.maths.masked import masked_variance, standardise
from aiirmix.maths.shapes import assert_shape


def in_deviations(advantage: Tensor, mask: Tensor, floor: float = 1e-4) -> Tensor:
    """Return A/max(σ, floor) with σ over the entries where `mask` is True, both [M, N].

    σ counts as constant. The floor keeps the noise of rewards that are nearly zero from being amplified.
    """
    assert_shape("mask", mask, *advantage.shape)
    return advantage / masked_variance(advantage, mask).sqrt().detach().clamp_min(floor)


def balanced_advantage(extrinsic: Tensor, learnt: Tensor, kappa: float, mask: Tensor) -> Tensor:
    """Return A = std(√(1−κ²) Â_ex + κ Â_δ), so that κ² is the fraction of Var(A) from δ if the two are uncorrelated.

    Args:
        extrinsic: [M, N], Â_ex, standardised.
        learnt: [M, N], A_δ, of δ = r_total − r_ex; Â_δ is A_δ in units of its deviation.
        kappa: κ, in [0, 1].
        mask: [M, N], bool.

    Returns:
        [M, N], standardised over the entries where `mask` is True; differentiable in `learnt`.
    """
    assert_shape("extrinsic", extrinsic, *learnt.shape)
    mixed = (1 - kappa**2) ** 0.5 * extrinsic + kappa * in_deviations(learnt, mask)
    return standardise(mixed, mask)
