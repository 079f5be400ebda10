"""Notice at once that a run diverged: a number is NaN or infinite where the learner cannot go on."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils import get_total_norm
from torch.optim import Optimizer

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.maths.masked import real_cells


class DivergedError(ArithmeticError):
    """The run diverged. The message names the quantity."""


def require_finite(quantity: str, value: Tensor) -> None:
    """Make sure that a scalar is finite.

    Raises:
        DivergedError: it is not.
    """
    number = value.item()
    if not abs(number) < torch.inf:
        raise DivergedError(f"{quantity} is {number}")


def require_finite_episodes(batch: EpisodeBatch) -> None:
    """Make sure that all real timesteps have finite observations, states and rewards. Padding may hold anything.

    Raises:
        DivergedError: they do not.
    """
    real = real_cells(batch.lengths + 1, len(batch.obs))
    for quantity, sums in (("an observation", batch.obs.sum((2, 3))), ("a state", batch.state.sum(2))):
        require_finite(quantity, torch.where(real, sums, 0.0).sum())
    require_finite("a reward", batch.returns.sum())


def require_finite_outputs(obs: Tensor, outputs: Tensor) -> None:
    """Make sure that a policy's observations and its outputs are finite.

    Raises:
        DivergedError: they are not.
    """
    require_finite("an observation", obs.sum())
    require_finite("an output of the policy", outputs.sum())


def require_finite_norm(quantity: str, tensors: Sequence[Tensor]) -> None:
    """Make sure that the Euclidean norm of tensors is finite in their own precision.

    Raises:
        DivergedError: it is not.
    """
    require_finite(quantity, get_total_norm([tensor.detach() for tensor in tensors]))


def state_of(optimizer: Optimizer) -> list[Tensor]:
    """Return the numbers that an optimiser keeps about its parameters."""
    values = (value for state in optimizer.state.values() for value in state.values())
    return [value for value in values if isinstance(value, Tensor) and value.is_floating_point()]
