"""An intrinsic source that learns to share out the return of the episode (docs/redistribution.md)."""

from torch import Tensor

from aiirmix.common.limits import NonNegative, PositiveInt
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.maths.masked import explained_variance
from aiirmix.maths.redistribution import redistributed_return, redistribution_loss
from aiirmix.nets.roles import IntrinsicSource
from aiirmix.nets.teacher import Teacher


class Redistribution(Teacher):
    """Teaches an intrinsic source that the rewards of an episode should add up to its extrinsic return.

    Args:
        source: see `Teacher`.
        steps: see `Teacher`.
        variance_weight: of the variance over time, in the loss.
    """

    def __init__(self, source: IntrinsicSource, steps: PositiveInt, variance_weight: NonNegative) -> None:
        super().__init__(source, steps)
        self.variance_weight = variance_weight

    def explained(self, batch: EpisodeBatch, rewards: Tensor, alive: Tensor) -> Tensor:
        """Return the fraction of the returns' variance that the sums of rewards explain."""
        return explained_variance(redistributed_return(rewards, alive), batch.returns)

    def loss(self, batch: EpisodeBatch, rewards: Tensor, alive: Tensor) -> Tensor:
        """Return the mean squared error of the episodes' sums, and the variance over time."""
        return redistribution_loss(rewards, alive, batch.lengths, batch.returns, self.variance_weight)
