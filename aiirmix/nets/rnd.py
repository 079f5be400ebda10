"""Random network distillation (Burda et al. 2019; docs/novelty.md).

Letters in shapes: M transitions, N agents, I input features, K features of the random network.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from aiirmix.common.limits import Positive, PositiveInt
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.packing import PackedTimesteps
from aiirmix.envs.protocol import EnvSpec
from aiirmix.maths.masked import masked_mean
from aiirmix.maths.novelty import mean_squared_distance
from aiirmix.nets.inputs import AgentInputs, Piece
from aiirmix.nets.layers import feed_forward
from aiirmix.nets.normaliser import RunningNormaliser
from aiirmix.nets.novelty import SurpriseReward, lives_on


class RndReward(SurpriseReward):
    """Pays each agent as far as what it sees next differs from what was seen before.

    A network learns the outputs of a frozen random one: its error is large where it has learnt little. The agents share
    both, so what one of them has seen is new to none, unless ``id`` is among the inputs.

    Args:
        spec: the environment's sizes.
        inputs: the pieces of the next timestep that the networks read.
        hidden: widths of the random network's hidden layers.
        predictor_hidden: widths of the hidden layers of the network that learns.
        features: K.
        clip: inputs are normalised by running statistics and clipped to ± this.
        settings: see `SurpriseReward`.
    """

    def __init__(
        self,
        spec: EnvSpec,
        inputs: Sequence[Piece],
        hidden: Sequence[PositiveInt],
        predictor_hidden: Sequence[PositiveInt],
        features: PositiveInt,
        clip: Positive,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.inputs, self.clip = AgentInputs(inputs, spec), clip
        width = sum(self.inputs.widths)
        self.target = feed_forward([width, *hidden, features]).requires_grad_(False)
        self.predictor = feed_forward([width, *predictor_hidden, features])
        self.normaliser = RunningNormaliser(settings["decay"], width)

    def observe(self, batch: EpisodeBatch) -> dict[str, Tensor]:
        """Take note of the inputs, then of the scale of the bonus."""
        self.normaliser.observe(self._inputs(batch.after)[lives_on(batch)])
        return super().observe(batch)

    def errors(self, batch: EpisodeBatch) -> Tensor:
        """Return the mean squared distance of the two networks' outputs, [M, N]."""
        x = self.normaliser.normalise(self._inputs(batch.after)).clamp(-self.clip, self.clip)
        return mean_squared_distance(self.predictor(x), self.target(x))

    def loss(self, batch: EpisodeBatch) -> Tensor:
        """Return the mean error."""
        return masked_mean(self.errors(batch), lives_on(batch))

    def _inputs(self, timesteps: PackedTimesteps) -> Tensor:
        """Return [M, N, I]."""
        return torch.cat([piece.expand(*timesteps.alive.shape, -1) for piece in self.inputs(timesteps)], dim=-1)
