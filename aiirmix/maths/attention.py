"""Attention between agents (paper eqs. 9-11). Letters in shapes: N agents, D features of an embedding."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from aiirmix.maths.policy import UNAVAILABLE
from aiirmix.maths.shapes import assert_shape


def dot_similarity(v: Tensor) -> Tensor:
    """Return A_ij = ⟨v_i, v_j⟩ (eq. 9, dot). [..., N, D] → [..., N, N]."""
    return v @ v.transpose(-1, -2)


def cosine_similarity(v: Tensor) -> Tensor:
    """Return A_ij = ⟨v_i, v_j⟩ / (‖v_i‖‖v_j‖) (eq. 9, cosine), 0 for zero vectors. [..., N, D] → [..., N, N]."""
    return dot_similarity(normalize(v, dim=-1, eps=1e-8))


def attention_weights(similarity: Tensor, alive: Tensor, temperature: float = 1.0) -> Tensor:
    """Return Â, the row softmax of A/temperature (eq. 10) over living agents; a dead agent attends only to itself.

    Args:
        similarity: [..., N, N].
        alive: [..., N], bool.
        temperature: 1 is the paper; smaller is sharper.

    Returns:
        [..., N, N]; rows sum to 1. The column of a dead agent is 0 except on the diagonal.
    """
    agents = similarity.shape[-1]
    assert_shape("alive", alive, *similarity.shape[:-1])
    itself = torch.eye(agents, dtype=torch.bool, device=alive.device)
    seen = (alive[..., None, :] & alive[..., :, None]) | itself
    logits = (similarity / temperature).masked_fill(~seen, float("-inf"))
    return torch.softmax(logits, dim=-1)


def attend(weights: Tensor, v: Tensor) -> Tensor:
    """Return z_i = Σ_j Â_ij v_j (eq. 11). [..., N, N], [..., N, D] → [..., N, D]."""
    assert_shape("weights", weights, *v.shape[:-1], v.shape[-2])
    return weights @ v


def attend_to_others(queries: Tensor, keys: Tensor, values: Tensor, alive: Tensor) -> Tensor:
    """Return x_i = Σ_j softmax_j(⟨q_i, k_j⟩/√D) v_j over living agents j ≠ i; zeros if there are none (MAAC).

    Args:
        queries: [..., N, D].
        keys: [..., N, D].
        values: [..., N, E].
        alive: [..., N], bool.

    Returns:
        [..., N, E]
    """
    assert_shape("keys", keys, *queries.shape)
    assert_shape("alive", alive, *values.shape[:-1])
    others = alive[..., None, :] & ~torch.eye(alive.shape[-1], dtype=torch.bool, device=alive.device)
    logits = queries @ keys.transpose(-1, -2) / queries.shape[-1] ** 0.5
    weights = torch.softmax(logits.masked_fill(~others, UNAVAILABLE), dim=-1) * others
    return weights @ values


def row_entropy(weights: Tensor) -> Tensor:
    """Return the entropy of each row of Â in nats. [..., N, N] → [..., N]."""
    terms: Tensor = torch.special.entr(weights)
    return terms.sum(-1)
