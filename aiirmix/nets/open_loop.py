"""Agents that know nothing but the time and who they are: a control for whether a task needs observations at all.

Letters in shapes: M packed rows, B episodes, N agents, A actions, H width of the hidden layers, K rows.
"""

import torch
from torch import Tensor, nn

from aiirmix.common.limits import PositiveInt
from aiirmix.data.packing import PackedTimesteps
from aiirmix.envs.protocol import EnvSpec
from aiirmix.nets.actor import Actor


class OpenLoopActor(Actor):
    """An actor without observations: the time and the agent's id, through FC-ReLU-FC-ReLU-FC, to an output per action.

    Action masks still tell what can be done. The hidden state holds the number of timesteps so far.
    """

    def __init__(self, spec: EnvSpec, hidden: PositiveInt, share_parameters: bool) -> None:
        super().__init__(spec, hidden, share_parameters)
        self.networks = nn.ModuleList(self._network() for _ in self.networks)

    def of_living(self, timesteps: PackedTimesteps) -> Tensor:
        """Return outputs along whole episodes, [M, N, A]."""
        return self.unroll(timesteps)[0]

    def unroll(self, timesteps: PackedTimesteps) -> tuple[Tensor, Tensor]:
        """Return outputs [M, N, A] along whole episodes, and the last hidden layers [M, N, H]."""
        sizes = torch.tensor(timesteps.packing.sizes, device=timesteps.obs.device)
        times = torch.arange(len(sizes), device=sizes.device).repeat_interleave(sizes)
        return self._outputs(times)

    def act(self, obs: Tensor, last_actions: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Take one step: hidden [B, N, H] → outputs [B, N, A], hidden; observations and last actions are ignored."""
        return self._outputs(hidden[:, 0, 0].long())[0], hidden + 1

    def _network(self) -> nn.Sequential:
        width = self.spec.episode_limit + 2 + self.spec.n_agents
        layers = [nn.Linear(width, self.hidden), nn.ReLU(), nn.Linear(self.hidden, self.hidden), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(self.hidden, self.spec.n_actions))

    def _outputs(self, times: Tensor) -> tuple[Tensor, Tensor]:
        """Return outputs [K, N, A] and last hidden layers [K, N, H] at the timesteps [K]."""
        inputs = self._split(self._inputs(times))
        each = [inputs] if self.share_parameters else inputs.unbind(0)
        features = [network[:-1](rows) for network, rows in zip(self.networks, each, strict=True)]  # type: ignore[index]
        outputs = [network[-1](rows) for network, rows in zip(self.networks, features, strict=True)]  # type: ignore[index]
        if self.share_parameters:
            return self._join(outputs[0]), self._join(features[0])
        return self._join(torch.stack(outputs)), self._join(torch.stack(features))

    def _inputs(self, times: Tensor) -> Tensor:
        """Return the time, as a fraction of the limit and one-hot, and the agents' ids, [K, N, 1 + limit + 1 + N]."""
        limit, n = self.spec.episode_limit, self.spec.n_agents
        clock = nn.functional.one_hot(times.clamp(max=limit), limit + 1)
        time = torch.cat([times[:, None] / limit, clock], -1)[:, None].expand(-1, n, -1)
        identity = torch.eye(n, device=times.device).expand(len(times), -1, -1)
        return torch.cat([time, identity], -1).to(next(self.parameters()))
