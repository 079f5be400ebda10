"""The agents' networks: FC-ReLU-GRU-FC from an agent's observation, last action and id to an output for each action.

The outputs are the logits of a policy, or the utilities Q_i of value-based learners.
Letters in shapes: M packed rows, B episodes, N agents, A actions, O observation features, H width of the hidden state.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from aiirmix.data.packing import PackedTimesteps, agent_input_width, agent_inputs
from aiirmix.envs.protocol import EnvSpec
from aiirmix.nets.gru import gru, gru_step


class RecurrentNet(nn.Module):
    """FC-ReLU-GRU-FC.

    Letters in shapes: R packed rows of the network's agents, K rows of one timestep, I inputs, W outputs.
    """

    def __init__(self, width_in: int, hidden: int, width_out: int) -> None:
        super().__init__()
        self.encode = nn.Linear(width_in, hidden)
        self.cell = nn.GRUCell(hidden, hidden)
        self.decode = nn.Linear(hidden, width_out)

    def unroll(self, x: Tensor, sizes: list[int]) -> tuple[Tensor, Tensor]:
        """Run along whole episodes from a hidden state of zeros.

        Args:
            x: [R, I], packed; sizes[t] rows belong to timestep t.
            sizes: see `x`.

        Returns:
            Outputs [R, W] and hidden states [R, H].
        """
        hidden = gru(self._gates(x), self.cell.weight_hh, self.cell.bias_hh, sizes)
        return self.decode(hidden), hidden

    def forward(self, x: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Take one step: inputs [K, I] and hidden state [K, H] → outputs [K, W] and the next hidden state."""
        hidden = gru_step(self._gates(x), self.cell.weight_hh, self.cell.bias_hh, hidden)
        return self.decode(hidden), hidden

    def _gates(self, x: Tensor) -> Tensor:
        return linear(self.encode(x).relu(), self.cell.weight_ih, self.cell.bias_ih)


class Actor(nn.Module):
    """Decentralised recurrent networks of all agents: each agent sees only its own observations and actions.

    Args:
        spec: the environment's sizes.
        hidden: width of the encoder and of the hidden state.
        share_parameters: one network for all agents, told apart by their ids, or a network for each agent.
    """

    def __init__(self, spec: EnvSpec, hidden: int, share_parameters: bool) -> None:
        super().__init__()
        self.spec, self.hidden, self.share_parameters = spec, hidden, share_parameters
        width, count = agent_input_width(spec), 1 if share_parameters else spec.n_agents
        self.networks = nn.ModuleList(RecurrentNet(width, hidden, spec.n_actions) for _ in range(count))

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return the outputs along whole episodes, [M, N, A]."""
        return self.unroll(timesteps)[0]

    def unroll(self, timesteps: PackedTimesteps) -> tuple[Tensor, Tensor]:
        """Return outputs [M, N, A] along whole episodes, and the hidden states [M, N, H] they were decoded from."""
        rows = self._split(timesteps.agent_inputs)
        sizes = [size * len(rows[0]) // len(timesteps.obs) for size in timesteps.packing.sizes]
        unrolled = (net.unroll(x, sizes) for net, x in zip(self._networks, rows, strict=True))
        outputs, hidden = zip(*unrolled, strict=True)
        return self._join(outputs), self._join(hidden)

    def initial_hidden(self, episodes: int) -> Tensor:
        """Return zeros, [B, N, H]."""
        return next(self.parameters()).new_zeros(episodes, self.spec.n_agents, self.hidden)

    def act(self, obs: Tensor, last_actions: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Take one step: obs [B, N, O], last actions [B, N], hidden [B, N, H] → outputs [B, N, A], hidden."""
        inputs = agent_inputs(obs, last_actions, self.spec.n_actions)
        rows = zip(self._networks, self._split(inputs), self._split(hidden), strict=True)
        outputs, after = zip(*(net(x, before) for net, x, before in rows), strict=True)
        return self._join(outputs), self._join(after)

    @property
    def _networks(self) -> list[RecurrentNet]:
        return cast(list[RecurrentNet], list(self.networks))

    def _split(self, x: Tensor) -> Sequence[Tensor]:
        """Give each network its rows of [K, N, ·]: all agents' to the shared one, else its own agent's."""
        return [x.flatten(0, 1)] if self.share_parameters else x.unbind(1)

    def _join(self, rows: Sequence[Tensor]) -> Tensor:
        """Invert `_split`."""
        if not self.share_parameters:
            return torch.stack(list(rows), dim=1)
        return rows[0].view(-1, self.spec.n_agents, rows[0].shape[-1])
