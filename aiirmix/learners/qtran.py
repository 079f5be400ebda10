"""QTRAN: utilities that factorise a joint value, which is learnt with them (Son et al. 2019).

Letters in shapes: T transitions of the longest episode, B episodes, M packed timesteps, N agents, A actions, H width of
the hidden state, S state features, G joint values (1 for base, N for alt). Equations: docs/qtran.md.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from aiirmix.common.limits import NonNegative
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.base import Metrics, seeded
from aiirmix.learners.off_policy import OffPolicyLearner
from aiirmix.maths.q_values import best_actions, values_of
from aiirmix.maths.qtran import counterfactual_loss, nonoptimal_loss, optimal_loss, replaced_sums
from aiirmix.nets.joint_values import CounterfactualValue, JointValue, StateValue
from aiirmix.nets.target import TargetNetwork


class Choices(NamedTuple):
    """The live networks' outputs and choices at every transition; all but `best` carry their graphs."""

    q: Tensor
    """[M, N, A], utilities"""
    hidden_states: Tensor
    """[M, N, H]"""
    avail: Tensor
    """[M, N, A], bool"""
    actions: Tensor
    """[M, N], taken"""
    best: Tensor
    """[M, N], ū: the best by each agent's utilities"""
    state: Tensor
    """[M, S]"""


class Qtran(OffPolicyLearner):
    """QTRAN base: L = L_td + λ_opt L_opt + λ_nopt L_nopt.

    L_td trains the joint value and, through their hidden states, the agents. The other two train utilities and V.

    Args:
        joint: makes Q_jt.
        state_value: makes V_jt.
        opt_weight: λ_opt.
        nopt_weight: λ_nopt.
        detach_hidden: whether L_td leaves the agents alone.
        settings: see `OffPolicyLearner`.
    """

    def __init__(
        self,
        *,
        joint: Callable[..., JointValue | CounterfactualValue],
        state_value: Callable[..., StateValue],
        opt_weight: NonNegative,
        nopt_weight: NonNegative,
        detach_hidden: bool,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.opt_weight, self.nopt_weight, self.detach_hidden = opt_weight, nopt_weight, detach_hidden
        self.joint = seeded(self.seed, "joint", joint, spec=self.spec, actor_hidden=self.agents.hidden)
        self.state_value = seeded(self.seed, "state_value", state_value, spec=self.spec)
        self.joint_target = TargetNetwork(self.joint, self.target_update_every)
        self.add_optimizer("values", self.make_optimizer["values"], self.agents, self.joint, self.state_value)

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """Take one step down the sum of the three losses; then the target networks follow."""
        losses = self.losses(batch)
        norm = self.descend(
            "values", losses["td"] + self.opt_weight * losses["opt"] + self.nopt_weight * losses["nopt"]
        )
        self.agents_target.follow(self.agents)
        self.joint_target.follow(self.joint)
        return {f"values/loss_{name}": loss for name, loss in losses.items()} | {"values/grad_norm": norm}

    def losses(self, batch: EpisodeBatch) -> dict[str, Tensor]:
        """Return L_td, L_opt and L_nopt."""
        timesteps = batch.timesteps
        q, hidden = self.agents.unroll(timesteps)
        target = self.targets(batch, self._next_values(batch, q.detach()))
        best = best_actions(q.detach(), timesteps.avail)
        columns = (q, hidden, timesteps.avail, timesteps.actions, best, timesteps.state)
        at = Choices(*(x[timesteps.acted] for x in columns))
        seen = at.hidden_states.detach() if self.detach_hidden else at.hidden_states
        q_joint = self.joint(seen, at.actions, at.state)
        return {
            "td": (q_joint - target).square().mean(),
            "opt": self._optimal(at),
            "nopt": self._nonoptimal(at, q_joint),
        }

    def joint_values(self, q: Tensor, hidden_states: Tensor, actions: Tensor, state: Tensor) -> Tensor:
        """Return Q_jt of joint actions, [M, G]."""
        return torch.as_tensor(self.joint(hidden_states, actions, state))

    @torch.no_grad()
    def _next_values(self, batch: EpisodeBatch, q: Tensor) -> Tensor:
        """Return the target networks' values of the best actions at every timestep, [T + 1, B, G]."""
        timesteps = batch.timesteps
        q_target, hidden = self.agents_target.copy.unroll(timesteps)
        best = self.best_next(q, q_target, timesteps.avail)
        return timesteps.packing.unpack(self.joint_target(hidden, best, timesteps.state))

    def _optimal(self, at: Choices) -> Tensor:
        with torch.no_grad():
            q_joint = self.joint(at.hidden_states, at.best, at.state)
        q_sum = values_of(at.q, at.best).sum(-1, keepdim=True)
        return optimal_loss(q_sum.expand_as(q_joint), q_joint, self.state_value(at.state).expand_as(q_joint))

    def _nonoptimal(self, at: Choices, q_joint: Tensor) -> Tensor:
        q_sum = values_of(at.q, at.actions).sum(-1, keepdim=True)
        return nonoptimal_loss(q_sum, q_joint, self.state_value(at.state))


class QtranAlt(Qtran):
    """QTRAN alt: Q_jt values each agent's other actions too, and L_nopt drives the least of their gaps to 0."""

    joint: CounterfactualValue

    def _nonoptimal(self, at: Choices, q_joint: Tensor) -> Tensor:
        with torch.no_grad():
            alternatives = self.joint.alternatives(at.hidden_states, at.actions, at.state)
        q_sums = replaced_sums(at.q, values_of(at.q, at.actions))
        v = self.state_value(at.state).expand_as(at.actions)
        return counterfactual_loss(q_sums, alternatives, v, at.avail)
