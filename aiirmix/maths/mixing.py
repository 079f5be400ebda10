"""How intrinsic and extrinsic rewards become the total reward (paper eqs. 13 and 14)."""

from collections.abc import Callable

from torch import Tensor

from aiirmix.maths.shapes import assert_shape


def linear_mix(r_in: Tensor, r_ex: Tensor, weight: float, extrinsic_weight: float = 1.0) -> Tensor:
    """Return r_total_i = w r_ex + λ r_in_i; eq. 13 has w = 1. r_in [..., N], r_ex [...] → [..., N]."""
    assert_shape("r_ex", r_ex, *r_in.shape[:-1])
    return extrinsic_weight * r_ex[..., None] + weight * r_in


def network_mix(
    r_in: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, activation: Callable[[Tensor], Tensor]
) -> Tensor:
    """Return r_total_i = act(r_in_i W1 + b1)·W2 + b2.

    Eq. 14 has no activation, and is then affine in r_in.

    Args:
        r_in: [..., N].
        w1: [..., H]; all weights are shared by the agents.
        b1: [..., H].
        w2: [..., H].
        b2: [..., 1].
        activation: elementwise.

    Returns:
        [..., N]
    """
    assert_shape("b2", b2, *r_in.shape[:-1], 1)
    hidden = activation(r_in[..., None] * w1[..., None, :] + b1[..., None, :])
    return (hidden * w2[..., None, :]).sum(-1) + b2


def squash(x: Tensor, scale: float) -> Tensor:
    """Return c·tanh(x/c): near 0 the identity, bounded by ±c (LIIR's public code, c = 10). [...] → [...]."""
    return scale * (x / scale).tanh()
