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
    assert_shape("half", half, each.shape[1])
    own = half == torch.arange(2, device=half.device)[:, None]
    return torch.where(own[..., None], each, each.detach()).mean(0)
