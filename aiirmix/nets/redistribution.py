"""An intrinsic source that learns to share out the return of the episode (docs/redistribution.md).

Letters in shapes: M transitions, N agents.
"""

from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor, nn

from aiirmix.common.errors import ConfigError
from aiirmix.common.limits import NonNegative, PositiveInt
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.packing import PackedTimesteps
from aiirmix.maths.masked import explained_variance
from aiirmix.maths.redistribution import redistributed_return, redistribution_loss
from aiirmix.nets.roles import IntrinsicSource, ReadsEpisodes, attention_of


class Redistribution(nn.Module):
    """Teaches an intrinsic source by regression: the rewards of an episode should add up to its extrinsic return.

    Args:
        source: gives the rewards; its parameters learn from nothing else.
        steps: on each batch of episodes.
        variance_weight: of the variance over time, in the loss.

    Raises:
        ConfigError: the source has nothing to learn, or teaches itself.
    """

    def __init__(self, source: IntrinsicSource, steps: PositiveInt, variance_weight: NonNegative) -> None:
        super().__init__()
        if isinstance(source, ReadsEpisodes) or not any(p.requires_grad for p in source.parameters()):
            raise ConfigError("model/teacher teaches a source that learns: model/intrinsic=attention or individual")
        self.source = cast("nn.Module", source)
        self.steps, self.variance_weight = steps, variance_weight

    def from_episodes(self, batch: EpisodeBatch) -> Tensor:
        """Return r_in, [M, N]; 0 for a dead agent, whose reward would count to no episode's return."""
        return cast(Tensor, self.source(batch.transitions)).masked_fill(~batch.transitions.alive, 0.0)

    def attention(self, timesteps: PackedTimesteps) -> Tensor | None:
        """Return the attention of the source, [M, N, N]; None if it shows none."""
        return attention_of(cast(IntrinsicSource, self.source), timesteps)

    @torch.no_grad()
    def observe(self, batch: EpisodeBatch) -> dict[str, Tensor]:
        """Return how much of the returns' variance the rewards explain, in a batch that was not learnt from yet."""
        predicted = redistributed_return(*self._unpacked(batch))
        return {"source/explained_variance": explained_variance(predicted, batch.returns)}

    def losses(self, batch: EpisodeBatch) -> Iterator[Tensor]:
        """Yield the loss of each step."""
        for _ in range(self.steps):
            rewards, alive = self._unpacked(batch)
            yield redistribution_loss(rewards, alive, batch.lengths, batch.returns, self.variance_weight)

    def _unpacked(self, batch: EpisodeBatch) -> tuple[Tensor, Tensor]:
        """Return rewards and who is alive, zeros after an episode's end, both [T, B, N]."""
        unpack = batch.transitions.packing.unpack
        return unpack(self.from_episodes(batch)), unpack(batch.transitions.alive)
