"""What teachers of intrinsic sources share: they let any network learn by a regression, not by the meta-gradient.

Letters in shapes: T transitions of the longest episode, B episodes, M transitions, N agents.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor

from aiirmix.common.errors import ConfigError
from aiirmix.common.limits import PositiveInt
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.packing import PackedTimesteps
from aiirmix.nets.roles import IntrinsicSource


class Teacher(IntrinsicSource, ABC):
    """Teaches an intrinsic source by regression, in some steps on each batch of episodes.

    Args:
        source: gives the rewards; its parameters learn from nothing else.
        steps: on each batch of episodes.

    Raises:
        ConfigError: the source has nothing to learn, or teaches itself.
    """

    def __init__(self, source: IntrinsicSource, steps: PositiveInt) -> None:
        super().__init__()
        learns = any(parameter.requires_grad for parameter in source.parameters())
        if source.learns_by_itself or not source.judges_actions or not learns:
            kinds = "model/intrinsic=attention, attention_own_action or individual"
            raise ConfigError(f"model/teacher teaches a source that learns: {kinds}")
        self.source = source
        self.steps = steps

    def from_episodes(self, batch: EpisodeBatch) -> Tensor:
        """Return r_in, [M, N]; 0 for a dead agent, whose reward would count to no sum."""
        return cast(Tensor, self.source(batch.transitions)).masked_fill(~batch.transitions.alive, 0.0)

    def attention(self, timesteps: PackedTimesteps) -> Tensor | None:
        """Return the attention of the source, [M, N, N]; None if it shows none."""
        return self.source.attention(timesteps)

    @torch.no_grad()
    def observe(self, batch: EpisodeBatch) -> dict[str, Tensor]:
        """Return how well the rewards explain what they are taught, in a batch that was not learnt from yet."""
        return {"source/explained_variance": self.explained(batch, *self._unpacked(batch))}

    def losses(self, batch: EpisodeBatch) -> Iterator[Tensor]:
        """Yield the loss of each step."""
        for _ in range(self.steps):
            yield self.loss(batch, *self._unpacked(batch))

    def _unpacked(self, batch: EpisodeBatch) -> tuple[Tensor, Tensor]:
        """Return rewards and who is alive, zeros after an episode's end, both [T, B, N]."""
        unpack = batch.transitions.packing.unpack
        return unpack(self.from_episodes(batch)), unpack(batch.transitions.alive)

    @abstractmethod
    def explained(self, batch: EpisodeBatch, rewards: Tensor, alive: Tensor) -> Tensor:
        """Return the fraction of the target's variance that the rewards explain; both [T, B, N]."""

    @abstractmethod
    def loss(self, batch: EpisodeBatch, rewards: Tensor, alive: Tensor) -> Tensor:
        """Return the loss of one step; both [T, B, N]."""
