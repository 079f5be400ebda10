"""Two estimates of the same thing from disjoint halves of the data. Shapes: M packed rows, N agents."""

import torch
from torch import Tensor

from aiirmix.maths.shapes import assert_shape


def mean_of_halves(each: Tensor, half: Tensor) -> Tensor:
    """Return the mean of two estimates, [2, M, N] → [M, N]; a row has the gradient of its own half's estimate alone.

    Args:
        each: [2, M, N], the estimates.
        half: [M], int, 0 or 1: which estimate may learn from the row.
    """
    return torch.where(_owned(each, half), each, each.detach()).mean(0)


def own_of_halves(each: Tensor, half: Tensor) -> Tensor:
    """Return in each row its own half's estimate, [2, M, N] → [M, N]. Arguments: `mean_of_halves`."""
    return each.masked_fill(~_owned(each, half), 0.0).sum(0)


def _owned(each: Tensor, half: Tensor) -> Tensor:
    """Return which estimate owns a row, [2, M, 1], bool."""
    assert_shape("half", half, each.shape[1])
    return (half == torch.arange(2, device=half.device)[:, None])[..., None]
