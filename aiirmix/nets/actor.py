"""The agents' networks: FC-ReLU-GRU-FC from an agent's own observation, last action and id to scores of its actions.

The scores are the logits of a policy, or the utilities Q_i of value-based learners.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from aiirmix.data.episode_batch import Transitions, agent_views
from aiirmix.envs.protocol import EnvSpec
from aiirmix.nets.gru import gru, gru_step


class RecurrentNet(nn.Module):
    """FC-ReLU-GRU-FC."""

    def __init__(self, width_in: int, hidden: int, width_out: int) -> None:
        super().__init__()
        self.encode = nn.Linear(width_in, hidden)
        self.cell = nn.GRUCell(hidden, hidden)
        self.decode = nn.Linear(hidden, width_out)

    def unroll(self, x: Tensor, sizes: list[int]) -> tuple[Tensor, Tensor]:
        """Packed rows [R, I], of which sizes[t] belong to step t, from a zero memory → [R, O] and memories [R, H]."""
        memories = gru(self._gates(x), self.cell.weight_hh, self.cell.bias_hh, sizes)
        return self.decode(memories), memories

    def forward(self, x: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """One step: [K, I] and memory [K, H] → [K, O] and the next memory."""
        memory = gru_step(self._gates(x), self.cell.weight_hh, self.cell.bias_hh, memory)
        return self.decode(memory), memory

    def _gates(self, x: Tensor) -> Tensor:
        return linear(self.encode(x).relu(), self.cell.weight_ih, self.cell.bias_ih)


class Actor(nn.Module):
    """Decentralised recurrent networks of all agents: each sees nothing but what it saw and did itself.

    Args:
        spec: the environment's sizes.
        hidden: width of the encoder and of the memory.
        share_parameters: one network told apart by the agent's id, or a network for each agent.
    """

    def __init__(self, spec: EnvSpec, hidden: int, share_parameters: bool) -> None:
        super().__init__()
        self.spec, self.hidden, self.share_parameters = spec, hidden, share_parameters
        width = spec.obs_dim + spec.n_actions + spec.n_agents
        count = 1 if share_parameters else spec.n_agents
        self.networks = nn.ModuleList(RecurrentNet(width, hidden, spec.n_actions) for _ in range(count))

    def forward(self, at: Transitions) -> Tensor:
        """The scores along whole episodes, [M, N, A]."""
        return self.unroll(at)[0]

    def unroll(self, at: Transitions) -> tuple[Tensor, Tensor]:
        """Scores [M, N, A] along whole episodes, and the memories [M, N, H] that they were read from."""
        rows = self._split(at.views)
        sizes = [size * len(rows[0]) // len(at.obs) for size in at.packing.sizes]
        unrolled = (net.unroll(x, sizes) for net, x in zip(self._networks, rows, strict=True))
        scores, memories = zip(*unrolled, strict=True)
        return self._join(scores), self._join(memories)

    def initial_memory(self, battles: int) -> Tensor:
        """[B, N, H], zeros."""
        return next(self.parameters()).new_zeros(battles, self.spec.n_agents, self.hidden)

    def act(self, obs: Tensor, last_actions: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """One step of all agents: obs [B, N, O], last actions [B, N], memory [B, N, H] → scores [B, N, A], memory."""
        views = agent_views(obs, last_actions, self.spec.n_actions)
        rows = zip(self._networks, self._split(views), self._split(memory), strict=True)
        scores, memories = zip(*(net(x, remembered) for net, x, remembered in rows), strict=True)
        return self._join(scores), self._join(memories)

    @property
    def _networks(self) -> list[RecurrentNet]:
        return cast(list[RecurrentNet], list(self.networks))

    def _split(self, x: Tensor) -> Sequence[Tensor]:
        """[K, N, ·] → the rows of each network: all agents' for the shared one, else its own agent's."""
        return [x.flatten(0, 1)] if self.share_parameters else x.unbind(1)

    def _join(self, rows: Sequence[Tensor]) -> Tensor:
        """The inverse of `_split`."""
        if not self.share_parameters:
            return torch.stack(list(rows), dim=1)
        return rows[0].view(-1, self.spec.n_agents, rows[0].shape[-1])
