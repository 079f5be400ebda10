"""Intrinsic sources that pay for what is new: what they have in common (docs/novelty.md).

Letters in shapes: M transitions, N agents.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from aiirmix.common.limits import BelowOne, UnitInterval
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.maths.masked import masked_mean
from aiirmix.maths.novelty import discounted_sums, paid
from aiirmix.nets.normaliser import RunningScale
from aiirmix.nets.roles import IntrinsicSource


class SurpriseReward(IntrinsicSource):
    """A source that pays each agent for what it cannot predict yet, and learns to predict it.

    An agent is paid where it is alive before and after its action. Otherwise dying would pay, as a dead agent observes
    zeros. The bonus is divided by the running deviation of its discounted sums, so that its scale does not matter.

    Args:
        decay: weight of all earlier batches against the latest in running statistics.
        gamma: discount of these sums.
        centre: whether the mean of a batch is subtracted, so that a long episode is not worth more than a short one.
    """

    def __init__(self, decay: BelowOne, gamma: UnitInterval, centre: bool) -> None:
        super().__init__()
        self.gamma, self.centre = gamma, centre
        self.scale = RunningScale(decay)

    def errors(self, batch: EpisodeBatch) -> Tensor:
        """Return how wrong each agent's prediction is, [M, N], not negative."""
        raise NotImplementedError

    def loss(self, batch: EpisodeBatch) -> Tensor:
        """Return what the predictions descend."""
        raise NotImplementedError

    def losses(self, batch: EpisodeBatch) -> Iterator[Tensor]:
        """Yield the loss of the one step on a batch."""
        yield self.loss(batch)

    @torch.no_grad()
    def observe(self, batch: EpisodeBatch) -> dict[str, Tensor]:
        """Take note of the scale of the bonus; return its mean before scaling."""
        packing, alive = batch.transitions.packing, lives_on(batch)
        errors = paid(self.errors(batch), alive, centre=False)
        self.scale.observe(packing.pack(discounted_sums(packing.unpack(errors), self.gamma))[alive])
        return {"source/bonus": masked_mean(errors, alive)}

    @torch.no_grad()
    def from_episodes(self, batch: EpisodeBatch) -> Tensor:
        """Return r_in, [M, N]."""
        return paid(self.scale.scaled(self.errors(batch)), lives_on(batch), self.centre)


def lives_on(batch: EpisodeBatch) -> Tensor:
    """Mark the agents that are alive before and after their action, [M, N]."""
    return batch.transitions.alive & batch.after.alive
