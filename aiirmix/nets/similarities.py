"""Similarities between agents' embeddings (paper eq. 9): modules from v [..., N, D] to A [..., N, N]."""

import math

import torch
from torch import Tensor, nn

from aiirmix.common.limits import PositiveInt
from aiirmix.maths.attention import cosine_similarity, dot_similarity
from aiirmix.nets.layers import feed_forward


class Dot(nn.Module):
    """⟨v_i, v_j⟩."""

    def __init__(self, width: int) -> None:
        super().__init__()

    def forward(self, v: Tensor) -> Tensor:
        """Return A, [..., N, N]."""
        return dot_similarity(v)


class ScaledDot(nn.Module):
    """⟨v_i, v_j⟩/√D (Vaswani et al. 2017)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = 1 / math.sqrt(width)

    def forward(self, v: Tensor) -> Tensor:
        """Return A, [..., N, N]."""
        return self.scale * dot_similarity(v)


class Cosine(nn.Module):
    """⟨v_i, v_j⟩/(‖v_i‖‖v_j‖), the paper's choice."""

    def __init__(self, width: int) -> None:
        super().__init__()

    def forward(self, v: Tensor) -> Tensor:
        """Return A, [..., N, N]."""
        return cosine_similarity(v)


class MLP(nn.Module):
    """MLP(v_i, v_j): a network of both embeddings, concatenated; not symmetric.

    Args:
        width: features D of an embedding.
        hidden: width of the hidden layer.
    """

    def __init__(self, width: int, hidden: PositiveInt) -> None:
        super().__init__()
        self.net = feed_forward([2 * width, hidden, 1])

    def forward(self, v: Tensor) -> Tensor:
        """Return A, [..., N, N]."""
        agents = v.shape[-2]
        receiver = v[..., :, None, :].expand(*v.shape[:-1], agents, v.shape[-1])
        similarity: Tensor = self.net(torch.cat([receiver, receiver.transpose(-2, -3)], dim=-1)).squeeze(-1)
        return similarity


class Uniform(nn.Module):
    """0 for every pair: the control in which every agent attends to all agents equally."""

    def __init__(self, width: int) -> None:
        super().__init__()

    def forward(self, v: Tensor) -> Tensor:
        """Return A, [..., N, N]."""
        return v.new_zeros(*v.shape[:-1], v.shape[-2])
