"""QTRAN's joint action values Q_jt, from hidden states of the agents, joint actions and the state.

Letters in shapes: M packed rows, N agents, A actions, H width of the hidden state, S state features.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aiirmix.common.limits import PositiveInt
from aiirmix.data.packing import action_one_hot
from aiirmix.envs.protocol import EnvSpec
from aiirmix.maths.q_values import values_of
from aiirmix.maths.qtran import sum_of_others
from aiirmix.nets.layers import StateNetwork, feed_forward


class _Encoder(nn.Module):
    """An encoding of an agent's hidden state and action: FC-ReLU-FC, the same for all agents."""

    def __init__(self, spec: EnvSpec, actor_hidden: int) -> None:
        super().__init__()
        self.n_actions = spec.n_actions
        self.width = actor_hidden + spec.n_actions
        self.net = feed_forward([self.width, self.width, self.width])

    def forward(self, hidden_states: Tensor, actions: Tensor) -> Tensor:
        """Encode every agent, [M, N, H + A]."""
        done = action_one_hot(actions, self.n_actions).to(hidden_states)
        return torch.as_tensor(self.net(torch.cat([hidden_states, done], dim=-1)))


class JointValue(nn.Module):
    """Q_jt(τ, u) of the team, from the state and the sum of the agents' encodings (QTRAN base).

    Args:
        spec: the environment's sizes.
        actor_hidden: width H of the agents' hidden states.
        hidden: widths of the hidden layers.
    """

    def __init__(self, spec: EnvSpec, actor_hidden: int, hidden: Sequence[PositiveInt]) -> None:
        super().__init__()
        self.encode = _Encoder(spec, actor_hidden)
        self.net = feed_forward([spec.state_dim + self.encode.width, *hidden, 1])

    def forward(self, hidden_states: Tensor, actions: Tensor, state: Tensor) -> Tensor:
        """Return Q_jt, [M, 1], from hidden states [M, N, H], actions [M, N] and states [M, S]."""
        team = self.encode(hidden_states, actions).sum(1)
        return torch.as_tensor(self.net(torch.cat([state, team], dim=-1)))


class CounterfactualValue(nn.Module):
    """Q_jt(τ, ·, u_{−i}) of each agent i: a value for each of its actions, with the others' as they are (QTRAN alt).

    Args:
        spec: the environment's sizes.
        actor_hidden: width H of the agents' hidden states.
        hidden: widths of the hidden layers.
    """

    identity: Tensor

    def __init__(self, spec: EnvSpec, actor_hidden: int, hidden: Sequence[PositiveInt]) -> None:
        super().__init__()
        self.encode = _Encoder(spec, actor_hidden)
        width = spec.state_dim + actor_hidden + self.encode.width + spec.n_agents
        self.net = feed_forward([width, *hidden, spec.n_actions])
        self.register_buffer("identity", torch.eye(spec.n_agents), persistent=False)

    def forward(self, hidden_states: Tensor, actions: Tensor, state: Tensor) -> Tensor:
        """Return the values of the joint actions, one from each agent's network, [M, N]."""
        return values_of(self.alternatives(hidden_states, actions, state), actions)

    def alternatives(self, hidden_states: Tensor, actions: Tensor, state: Tensor) -> Tensor:
        """Return the values of each agent's actions, [M, N, A]."""
        rows, agents = actions.shape
        others = sum_of_others(self.encode(hidden_states, actions))
        shared = state[:, None].expand(-1, agents, -1)
        ids = self.identity.expand(rows, -1, -1)
        return torch.as_tensor(self.net(torch.cat([shared, hidden_states, others, ids], dim=-1)))


class StateValue(StateNetwork):
    """V_jt, of the state alone."""

    def forward(self, state: Tensor) -> Tensor:
        """Return V_jt, [M, 1], from states [M, S]."""
        return torch.as_tensor(self.net(state))
