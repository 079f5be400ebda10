"""The actors: FC-ReLU-GRU-FC from an agent's own observation, last action and id to the logits of its actions."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from aiirmix.data.episode_batch import Transitions, action_one_hot
from aiirmix.envs.protocol import EnvSpec


class RecurrentNet(nn.Module):
    """FC-ReLU-GRU-FC. The GRU is spelled out in elementary operations: forward-mode differentiation, which the exact
    meta-gradient needs, is missing from the fused cells of CUDA, and packed rows cost nothing for padding.
    """

    def __init__(self, width_in: int, hidden: int, width_out: int) -> None:
        super().__init__()
        self.encode = nn.Linear(width_in, hidden)
        self.cell = nn.GRUCell(hidden, hidden)
        self.decode = nn.Linear(hidden, width_out)

    def unroll(self, x: Tensor, sizes: list[int]) -> Tensor:
        """Packed rows [ΣK, I], of which sizes[t] belong to step t, from a zero memory → [ΣK, O]."""
        gates = linear(self.encode(x).relu(), self.cell.weight_ih, self.cell.bias_ih)
        memory = x.new_zeros(sizes[0], self.cell.hidden_size)
        memories = []
        for step in gates.split(sizes):
            memory = self._advance(step, memory[: len(step)])
            memories.append(memory)
        return torch.as_tensor(self.decode(torch.cat(memories)))

    def forward(self, x: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """One step: [K, I] and memory [K, H] → [K, O] and the next memory."""
        memory = self._advance(linear(self.encode(x).relu(), self.cell.weight_ih, self.cell.bias_ih), memory)
        return self.decode(memory), memory

    def _advance(self, gates: Tensor, memory: Tensor) -> Tensor:
        """The GRU equations (Cho et al. 2014), with torch's order of gates: reset, update, new."""
        hidden = self.cell.hidden_size
        recurrent = linear(memory, self.cell.weight_hh, self.cell.bias_hh)
        reset, update = (gates[:, : 2 * hidden] + recurrent[:, : 2 * hidden]).sigmoid().chunk(2, dim=1)
        candidate = (gates[:, 2 * hidden :] + reset * recurrent[:, 2 * hidden :]).tanh()
        return candidate + update * (memory - candidate)


class Actor(nn.Module):
    """Decentralised recurrent policies of all agents. It sees nothing but what its agent saw and did.

    Args:
        spec: the environment's sizes.
        hidden: width of the encoder and of the memory.
        share_parameters: one network told apart by the agent's id, or a network for each agent.
    """

    def __init__(self, spec: EnvSpec, hidden: int, share_parameters: bool) -> None:
        super().__init__()
        self.spec, self.hidden, self.shared = spec, hidden, share_parameters
        width = spec.obs_dim + spec.n_actions + spec.n_agents
        count = 1 if share_parameters else spec.n_agents
        self.networks = nn.ModuleList(RecurrentNet(width, hidden, spec.n_actions) for _ in range(count))

    def forward(self, at: Transitions) -> Tensor:
        """The logits along whole episodes, [M, N, A]."""
        x = self._inputs(at.obs, at.last_actions)
        return self._split_agents(x, lambda net, rows, agents: net.unroll(rows, [k * agents for k in at.packing.sizes]))

    def initial_memory(self, battles: int) -> Tensor:
        """[B, N, H], zeros."""
        return next(self.parameters()).new_zeros(battles, self.spec.n_agents, self.hidden)

    def act(self, obs: Tensor, last_actions: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """One step of all agents: obs [B, N, O], last actions [B, N], memory [B, N, H] → logits [B, N, A], memory."""
        both = torch.cat([self._inputs(obs, last_actions), memory], dim=-1)
        out = self._split_agents(both, lambda net, rows, _: torch.cat(net(*rows.split(self._widths, dim=-1)), dim=-1))
        logits, memory = out.split([self.spec.n_actions, self.hidden], dim=-1)
        return logits, memory

    @property
    def _widths(self) -> list[int]:
        return [self.spec.obs_dim + self.spec.n_actions + self.spec.n_agents, self.hidden]

    def _inputs(self, obs: Tensor, last_actions: Tensor) -> Tensor:
        agents = self.spec.n_agents
        identity = torch.eye(agents, device=obs.device).expand(*obs.shape[:-1], agents)
        return torch.cat([obs, action_one_hot(last_actions, self.spec.n_actions), identity], dim=-1)

    def _split_agents(self, x: Tensor, apply: Callable[[nn.Module, Tensor, int], Tensor]) -> Tensor:
        """[K, N, ·] → [K, N, ·]: all agents' rows through the shared network, or each agent's through its own."""
        if self.shared:
            return apply(self.networks[0], x.flatten(0, 1), self.spec.n_agents).unflatten(0, x.shape[:2])
        columns = zip(self.networks, x.unbind(1), strict=True)
        return torch.stack([apply(net, column, 1) for net, column in columns], dim=1)
