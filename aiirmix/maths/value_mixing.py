"""QMIX's monotonic mix of utilities (Rashid et al. 2018). Letters in shapes: M packed rows, N agents, H width."""

from torch import Tensor
from torch.nn.functional import elu

from aiirmix.maths.shapes import assert_shape


def monotonic_mix(q: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, v: Tensor) -> Tensor:
    """Return Q_tot = |W2|·ELU(|W1|ᵀ q + b1) + V, which never falls when a utility rises.

    Args:
        q: [M, N].
        w1: [M, N, H]; the signs of w1 and w2 do not matter.
        b1: [M, H].
        w2: [M, H].
        v: [M].

    Returns:
        [M]
    """
    assert_shape("w1", w1, *q.shape, None)
    assert_shape("b1", b1, len(q), w1.shape[-1])
    assert_shape("w2", w2, *b1.shape)
    assert_shape("v", v, len(q))
    hidden = elu((q[:, None] @ w1.abs()).squeeze(1) + b1)
    return (hidden * w2.abs()).sum(-1) + v


def reward_decoded(plain: Tensor, reward: Tensor, slope: Tensor) -> Tensor:
    """Return Q_i = W(r_i) h_i + b(r_i) for W(r) = W_0 + r W_1 and b(r) = b_0 + r b_1 (docs/giir_style.md).

    Args:
        plain: [..., N, A]; W_0 h_i + b_0.
        reward: [..., N]; r_i.
        slope: [..., N, A]; W_1 h_i + b_1.

    Returns:
        [..., N, A]
    """
    assert_shape("slope", slope, *plain.shape)
    assert_shape("reward", reward, *plain.shape[:-1])
    return plain + reward[..., None] * slope
