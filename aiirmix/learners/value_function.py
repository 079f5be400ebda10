"""A critic with everything that its learning needs.

Letters in shapes: T transitions of the longest episode, B episodes; `...` are the agents, or nothing for the team.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, nn

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.rollout import CriticTargets
from aiirmix.nets.normaliser import Normaliser
from aiirmix.nets.target import TargetNetwork


class Values(NamedTuple):
    """Values at every timestep, all [T + 1, B, ...]."""

    live: Tensor
    """of the critic, in the units of its normaliser; carries a graph if gradients are enabled"""
    now: Tensor
    """of the critic, in units of reward; constant"""
    bootstrap: Tensor
    """of the target network in units of reward, or of the critic if it has none; constant"""


@dataclass
class ValueFunction:
    """A critic, its target network, the normaliser of its targets and its loss."""

    critic: nn.Module
    target: TargetNetwork[nn.Module] | None
    """None: the critic bootstraps from itself"""
    normaliser: Normaliser
    loss: Callable[[Tensor, Tensor, Tensor], Tensor]
    """a function of `aiirmix.maths.proximal`"""

    def values(self, batch: EpisodeBatch) -> Values:
        """Compute the values at every timestep."""
        timesteps = batch.timesteps
        live = timesteps.packing.unpack(self.critic(timesteps))
        now = self.normaliser.denormalise(live.detach())
        if self.target is None:
            return Values(live, now, now)
        return Values(live, now, self.normaliser.denormalise(timesteps.packing.unpack(self.target(timesteps))))

    def targets(self, batch: EpisodeBatch, values: Values, returns: Tensor) -> CriticTargets:
        """Let the normaliser observe the returns, [T, B, ...]; give them in its units, beside the critic's outputs.

        A clipped loss limits how far the critic moves, not how far the normaliser does: the outputs are as they were.
        """
        self.normaliser.observe(batch.transitions.packing.pack(returns))
        return CriticTargets(values.live[:-1].detach(), self.normaliser.normalise(returns))

    def follow(self) -> None:
        """Let the target network follow one step of the critic."""
        if self.target is not None:
            self.target.follow(self.critic)
