"""Intrinsic sources: networks that give each agent its intrinsic reward r_in, [M, N].

Letters in shapes: M packed rows, N agents, D features of an embedding.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from aiirmix.common.errors import ConfigError
from aiirmix.common.limits import Positive, PositiveInt
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.packing import PackedTimesteps
from aiirmix.envs.protocol import EnvSpec
from aiirmix.maths.attention import attend, attention_weights
from aiirmix.maths.mixing import squash
from aiirmix.maths.q_values import values_of
from aiirmix.nets.inputs import Piece
from aiirmix.nets.layers import AgentNetwork, start_at_zero
from aiirmix.nets.roles import IntrinsicSource


class AttentionReward(IntrinsicSource):
    """AIIR (paper eqs. 9-12): r_in_i = FC([v_i, z_i]), z_i = Σ_j softmax_j(σ(v_i, v_j)/temperature) v_j.

    Args:
        spec: the environment's sizes.
        inputs: the pieces that the feature extractor reads.
        hidden: widths of the extractor; the last is the width D of the embedding v.
        similarity: makes σ, given D.
        temperature: divides σ; 1 is the paper.
        relu_first: the extractor as printed, ReLU-FC-ReLU-FC, which deletes every negative input.
        head_input: input of the last layer: ``v_z`` as the text says, ``z`` as eq. 12 prints.
        squash_scale: r_in lies in ± this.
        head_start: ``random`` is torch's default, with ``zero`` all rewards start at zero.

    Raises:
        ConfigError: the extractor has no layer.
    """

    def __init__(
        self,
        spec: EnvSpec,
        inputs: Sequence[Piece],
        hidden: Sequence[PositiveInt],
        similarity: Callable[[int], nn.Module],
        temperature: Positive,
        relu_first: bool,
        head_input: Literal["v_z", "z"],
        squash_scale: Positive,
        head_start: Literal["random", "zero"] = "random",
    ) -> None:
        super().__init__()
        if not hidden:
            raise ConfigError("attention compares features: model.intrinsic.hidden must have at least one width")
        self.extractor = AgentNetwork(spec, inputs, hidden)
        self.relu_first = relu_first
        width = hidden[-1]
        self.similarity = similarity(width)
        self.temperature, self.head_input, self.squash_scale = temperature, head_input, squash_scale
        self.head = nn.Linear(2 * width if head_input == "v_z" else width, self._outputs(spec))
        if head_start == "zero":
            start_at_zero(self.head)

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return r_in, [M, N]."""
        v = self._embed(timesteps)
        paid = self._paid(self._head(v, self._weights(v, timesteps.alive)), timesteps)
        return squash(paid, self.squash_scale)

    def attention(self, timesteps: PackedTimesteps) -> Tensor:
        """Return Â, [M, N, N]: how much agent i attends to agent j."""
        return self._weights(self._embed(timesteps), timesteps.alive)

    def _outputs(self, spec: EnvSpec) -> int:
        """Return K, how many outputs the last layer has for each agent."""
        return 1

    def _paid(self, outputs: Tensor, timesteps: PackedTimesteps) -> Tensor:
        """Return what the agents are paid of the outputs [M, N, K], [M, N]."""
        return outputs.squeeze(-1)

    def _embed(self, timesteps: PackedTimesteps) -> Tensor:
        """Return v, [M, N, D]."""
        pieces = self.extractor.inputs(timesteps)
        v = self.extractor.from_pieces([piece.relu() for piece in pieces] if self.relu_first else pieces)
        return v.expand(*timesteps.alive.shape, -1)

    def _weights(self, v: Tensor, alive: Tensor) -> Tensor:
        return attention_weights(self.similarity(v), alive, self.temperature)

    def _head(self, v: Tensor, weights: Tensor) -> Tensor:
        z = attend(weights, v)
        outputs: Tensor = self.head(torch.cat([v, z], dim=-1) if self.head_input == "v_z" else z)
        return outputs


class OwnActionAttentionReward(AttentionReward):
    """AIIR's attention with a reward for each of the agent's actions, r_in_i = FC([v_i, z_i])_{u_i}; not in the paper.

    With ``inputs: [obs]`` it depends on what all agents observe and, of the actions, on the agent's own alone. So a
    regression on the team's advantage averages over the others' actions, as in LIIR's source. AIIR sees these too, and
    regresses on what the team did together.
    """

    def _outputs(self, spec: EnvSpec) -> int:
        return spec.n_actions

    def _paid(self, outputs: Tensor, timesteps: PackedTimesteps) -> Tensor:
        return values_of(outputs, timesteps.actions)


class IndividualReward(IntrinsicSource):
    """LIIR's source: a network of each agent's inputs with a reward for each action; the taken action's is returned.

    Args:
        spec: the environment's sizes.
        inputs: the pieces it reads; LIIR's public code shows it the state and the others' actions too.
        hidden: widths of the hidden layers.
        squash_scale: r_in lies in ± this.
        head_start: ``random`` is torch's default, with ``zero`` all rewards start at zero.
        share_parameters: one network for all agents, as in LIIR, or one for each, so that they pool nothing.
    """

    def __init__(
        self,
        spec: EnvSpec,
        inputs: Sequence[Piece],
        hidden: Sequence[PositiveInt],
        squash_scale: Positive,
        head_start: Literal["random", "zero"] = "random",
        share_parameters: bool = True,
    ) -> None:
        super().__init__()
        self.net = AgentNetwork(spec, inputs, [*hidden, spec.n_actions], share_parameters)
        self.squash_scale = squash_scale
        if head_start == "zero":
            self.net.start_at_zero()

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return r_in, [M, N]."""
        return squash(values_of(self.net(timesteps), timesteps.actions), self.squash_scale)


class NoReward(IntrinsicSource):
    """The control without intrinsic reward."""

    def __init__(self, spec: EnvSpec) -> None:
        super().__init__()

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return zeros, [M, N]."""
        return timesteps.obs.new_zeros(timesteps.alive.shape)


class FrozenReward(IntrinsicSource):
    """The control whose intrinsic reward is random and never learns.

    Args:
        spec: the environment's sizes.
        source: makes the network to freeze at its random start.
    """

    def __init__(self, spec: EnvSpec, source: Callable[..., IntrinsicSource]) -> None:
        super().__init__()
        self.source = source(spec=spec).requires_grad_(False)

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return r_in, [M, N]."""
        rewards: Tensor = self.source(timesteps)
        return rewards


class OracleReward(IntrinsicSource):
    """r_in is the agent's true contribution, as far as the environment knows it.

    Where contributions are difference rewards, as in `env=credit` and with `env.credited=difference` in skirmish, it is
    the upper bound on what credit can do.

    Args:
        spec: the environment's sizes.
        scale: multiplies the contributions.

    Raises:
        ConfigError: the environment does not know the contributions.
    """

    def __init__(self, spec: EnvSpec, scale: float) -> None:
        super().__init__()
        if not spec.knows_contributions:
            raise ConfigError(f"model/intrinsic=oracle needs true contributions, as in env=credit, not {spec.name}")
        self.scale = scale

    def from_episodes(self, batch: EpisodeBatch) -> Tensor:
        """Return r_in, [M, N].

        Raises:
            ValueError: the episodes come without contributions.
        """
        if batch.contributions is None:
            raise ValueError("the oracle reads contributions, which these episodes do not have")
        return self.scale * batch.transitions.packing.pack(batch.contributions)
