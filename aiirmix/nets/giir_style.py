"""Agents whose utilities are decoded with the help of a latent reward (docs/giir_style.md).

Letters in shapes: M packed rows, B episodes, N agents, A actions, H width of the hidden state.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from aiirmix.common.limits import PositiveInt
from aiirmix.data.packing import PackedTimesteps
from aiirmix.envs.protocol import EnvSpec
from aiirmix.maths.value_mixing import reward_decoded
from aiirmix.nets.actor import Actor
from aiirmix.nets.layers import start_at_zero


class RewardDecodedAgents(Actor):
    """Q_i = W(r_i) h_i + b(r_i), with r_i = enc(h_i) a number for each agent, and W, b affine functions of it.

    Nothing but the values' loss teaches r_i, so that sign and scale mean nothing.

    Args:
        spec: the environment's sizes.
        hidden: width of the encoder and of the hidden state.
        share_parameters: one network for all agents, told apart by their ids, or a network for each agent.
        start: of how W and b depend on r_i: ``random`` is torch's default, with ``zero`` they do not yet.
    """

    def __init__(
        self, spec: EnvSpec, hidden: PositiveInt, share_parameters: bool, start: Literal["random", "zero"]
    ) -> None:
        super().__init__(spec, hidden, share_parameters)
        count = len(self.networks)
        self.rewards = nn.ModuleList(nn.Linear(hidden, 1) for _ in range(count))
        self.slopes = nn.ModuleList(nn.Linear(hidden, spec.n_actions) for _ in range(count))
        for slope in self.slopes if start == "zero" else ():
            assert isinstance(slope, nn.Linear)
            start_at_zero(slope)

    def of_living(self, timesteps: PackedTimesteps) -> Tensor:
        """Return utilities along whole episodes, [M, N, A]."""
        return self.unroll(timesteps)[0]

    def unroll(self, timesteps: PackedTimesteps) -> tuple[Tensor, Tensor]:
        """Return utilities [M, N, A] along whole episodes, and the hidden states [M, N, H] they were decoded from."""
        plain, hidden = super().unroll(timesteps)
        return self._decode(plain, hidden), hidden

    def act(self, obs: Tensor, last_actions: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Take one step; see `Actor`."""
        plain, after = super().act(obs, last_actions, hidden)
        return self._decode(plain, after), after

    def latent_rewards(self, hidden: Tensor) -> Tensor:
        """Return r_i, [K, N], from hidden states [K, N, H]."""
        return self._each(self.rewards, hidden).squeeze(-1)

    def _decode(self, plain: Tensor, hidden: Tensor) -> Tensor:
        return reward_decoded(plain, self.latent_rewards(hidden), self._each(self.slopes, hidden))

    def _each(self, layers: nn.ModuleList, hidden: Tensor) -> Tensor:
        """Apply the shared layer to all agents' hidden states, or each agent's layer to its own."""
        columns = [hidden] if self.share_parameters else torch.split(hidden, 1, dim=1)
        return torch.cat([layer(column) for layer, column in zip(layers, columns, strict=True)], dim=1)
