"""Two estimates of the same thing from disjoint halves of the data. Shapes: M packed rows, N agents."""

import torch
from torch import Tensor

from aiirmix.maths.shapes import assert_shape


def half_of(episodes: int) -> Tensor:
    """Return the half that each episode of a batch belongs to, [B], int: 0 for the even ones, 1 for the odd ones."""
    return torch.arange(episodes) % 2


def own_of_halves(each: Tensor, half: Tensor) -> Tensor:
    """Return in each row the estimate that may learn from it, [2, M, N] → [M, N].

    Args:
        each: [2, M, N], the estimates.
        half: [M], int, 0 or 1: which of them may.
    """
    assert_shape("half", half, each.shape[1])
    return torch.where((half == 0)[:, None], each[0], each[1])
