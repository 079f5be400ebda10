"""QTRAN's joint action values Q_jt, from memories of the agents [M, N, H], joint actions [M, N] and state [M, S]."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aiirmix.data.episode_batch import action_one_hot
from aiirmix.envs.protocol import EnvSpec
from aiirmix.maths.q_values import values_of
from aiirmix.maths.qtran import sum_of_others
from aiirmix.nets.layers import feed_forward


class _Encoder(nn.Module):
    """What an agent remembers and does, in one vector: FC-ReLU-FC, the same for all agents."""

    def __init__(self, spec: EnvSpec, memory: int) -> None:
        super().__init__()
        self.n_actions = spec.n_actions
        self.width = memory + spec.n_actions
        self.net = feed_forward([self.width, self.width, self.width])

    def forward(self, memories: Tensor, actions: Tensor) -> Tensor:
        """[M, N, H + A]."""
        done = action_one_hot(actions, self.n_actions).to(memories)
        return torch.as_tensor(self.net(torch.cat([memories, done], dim=-1)))


class JointValue(nn.Module):
    """Q_jt(τ, u) of the team: of the state and the sum of what the agents' encoder says (QTRAN base).

    Args:
        spec: the environment's sizes.
        memory: width H of the agents' memories.
        hidden: widths of the hidden layers.
    """

    def __init__(self, spec: EnvSpec, memory: int, hidden: Sequence[int]) -> None:
        super().__init__()
        self.encode = _Encoder(spec, memory)
        self.net = feed_forward([spec.state_dim + self.encode.width, *hidden, 1])

    def forward(self, memories: Tensor, actions: Tensor, state: Tensor) -> Tensor:
        """[M, 1]."""
        team = self.encode(memories, actions).sum(1)
        return torch.as_tensor(self.net(torch.cat([state, team], dim=-1)))


class CounterfactualValue(nn.Module):
    """Q_jt(τ, ·, u_{−i}) of each agent i: a value for each of its actions while the others do theirs (QTRAN alt).

    Args:
        spec: the environment's sizes.
        memory: width H of the agents' memories.
        hidden: widths of the hidden layers.
    """

    identity: Tensor

    def __init__(self, spec: EnvSpec, memory: int, hidden: Sequence[int]) -> None:
        super().__init__()
        self.encode = _Encoder(spec, memory)
        width = spec.state_dim + memory + self.encode.width + spec.n_agents
        self.net = feed_forward([width, *hidden, spec.n_actions])
        self.register_buffer("identity", torch.eye(spec.n_agents), persistent=False)

    def forward(self, memories: Tensor, actions: Tensor, state: Tensor) -> Tensor:
        """The values of the joint actions themselves, one from each agent's view, [M, N]."""
        return values_of(self.alternatives(memories, actions, state), actions)

    def alternatives(self, memories: Tensor, actions: Tensor, state: Tensor) -> Tensor:
        """The values of each agent's actions, [M, N, A]."""
        moments, agents = actions.shape
        others = sum_of_others(self.encode(memories, actions))
        shared = state[:, None].expand(-1, agents, -1)
        who = self.identity.expand(moments, -1, -1)
        return torch.as_tensor(self.net(torch.cat([shared, memories, others, who], dim=-1)))


class StateValue(nn.Module):
    """V_jt, of the state alone.

    Args:
        spec: the environment's sizes.
        hidden: widths of the hidden layers.
    """

    def __init__(self, spec: EnvSpec, hidden: Sequence[int]) -> None:
        super().__init__()
        self.net = feed_forward([spec.state_dim, *hidden, 1])

    def forward(self, state: Tensor) -> Tensor:
        """[M, 1]."""
        return torch.as_tensor(self.net(state))
