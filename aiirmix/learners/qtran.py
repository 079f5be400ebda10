"""QTRAN: utilities that factorise a joint value which is learnt beside them (Son et al. 2019).

Letters in shapes: T steps, B episodes, M moments or transitions, N agents, A actions, H memory, S state features, G
joint values (1 for base, N for alt). Equations: docs/qtran.md.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from aiirmix.common.limits import UnitInterval
from aiirmix.data.episode_batch import NO_ACTION, EpisodeBatch, Packing
from aiirmix.data.replay import ReplayBuffer
from aiirmix.envs.protocol import EnvSpec
from aiirmix.learners.base import Metrics, Optimizers, Schedule, seeded
from aiirmix.learners.off_policy import OffPolicyLearner
from aiirmix.maths.q_values import best_actions, values_of
from aiirmix.maths.qtran import counterfactual_loss, nonoptimal_loss, optimal_loss, replaced_sums
from aiirmix.nets.actor import Actor
from aiirmix.nets.joint_values import CounterfactualValue
from aiirmix.nets.target import TargetNetwork


class Choices(NamedTuple):
    """What the live networks say at every transition; carries their graphs, but for `best`."""

    q: Tensor
    """[M, N, A], utilities"""
    memories: Tensor
    """[M, N, H]"""
    avail: Tensor
    """[M, N, A], bool"""
    actions: Tensor
    """[M, N], taken"""
    best: Tensor
    """[M, N], ū: the best of each agent's utilities"""
    state: Tensor
    """[M, S]"""


class Qtran(OffPolicyLearner):
    """QTRAN base: L = L_td + λ_opt L_opt + λ_nopt L_nopt.

    L_td trains the joint value, and through their memories the agents; the other two train utilities and V.

    Args:
        spec: the environment's sizes and names.
        seed: see `OffPolicyLearner`, as for all that is not explained here.
        episodes_per_batch: ″
        updates_per_episode: ″
        batch_size: ″
        replay: ″
        epsilon: ″
        max_grad_norm: ″
        gamma: ″
        lambda_: ″
        bootstrap_on_truncation: ″
        double_q: ″
        target_update_every: ″
        agents: ″
        joint: makes Q_jt.
        state_value: makes V_jt.
        opt_weight: λ_opt.
        nopt_weight: λ_nopt.
        detach_memories: whether L_td leaves the agents alone.
        optimizers: of ``values``: agents, Q_jt and V_jt.
        lr_shares: of ``values``.
    """

    def __init__(
        self,
        spec: EnvSpec,
        seed: int,
        episodes_per_batch: int,
        updates_per_episode: float,
        batch_size: int,
        replay: Callable[..., ReplayBuffer],
        epsilon: Schedule,
        max_grad_norm: float,
        gamma: UnitInterval,
        lambda_: UnitInterval,
        bootstrap_on_truncation: bool,
        double_q: bool,
        target_update_every: int,
        agents: Callable[..., Actor],
        joint: Callable[..., nn.Module],
        state_value: Callable[..., nn.Module],
        opt_weight: float,
        nopt_weight: float,
        detach_memories: bool,
        optimizers: Optimizers,
        lr_shares: Mapping[str, Schedule],
    ) -> None:
        super().__init__(
            *(spec, seed, episodes_per_batch, updates_per_episode, batch_size, replay, epsilon, max_grad_norm),
            *(gamma, lambda_, bootstrap_on_truncation, double_q, target_update_every, agents, lr_shares),
        )
        self.opt_weight, self.nopt_weight, self.detach_memories = opt_weight, nopt_weight, detach_memories
        self.joint = seeded(seed, "joint", joint, spec=spec, memory=self.agents.hidden)
        self.state_value = seeded(seed, "state_value", state_value, spec=spec)
        self.joint_target = TargetNetwork(self.joint, target_update_every)
        self.add_optimizer("values", optimizers["values"], self.agents, self.joint, self.state_value)

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """One step down the sum of the three losses; then the target networks follow."""
        losses = self.losses(batch)
        norm = self.descend(
            "values", losses["td"] + self.opt_weight * losses["opt"] + self.nopt_weight * losses["nopt"]
        )
        self.agents_target.follow(self.agents)
        self.joint_target.follow(self.joint)
        return {f"values/loss_{name}": loss for name, loss in losses.items()} | {"values/grad_norm": norm}

    def losses(self, batch: EpisodeBatch) -> dict[str, Tensor]:
        """L_td, L_opt and L_nopt."""
        moments = batch.moments
        q, memories = self.agents.unroll(moments)
        target = Packing(batch.lengths).pack(self.returns(batch, self._next_values(batch, q.detach())))
        acted = moments.actions[:, 0] != NO_ACTION
        best = best_actions(q.detach(), moments.avail)
        at = Choices(*(x[acted] for x in (q, memories, moments.avail, moments.actions, best, moments.state)))
        seen = at.memories.detach() if self.detach_memories else at.memories
        q_joint = self.joint(seen, at.actions, at.state)
        return {
            "td": (q_joint - target).square().mean(),
            "opt": self._optimal(at),
            "nopt": self._nonoptimal(at, q_joint),
        }

    def joint_values(self, q: Tensor, memories: Tensor, actions: Tensor, state: Tensor) -> Tensor:
        """Q_jt of joint actions."""
        return torch.as_tensor(self.joint(memories, actions, state))

    @torch.no_grad()
    def _next_values(self, batch: EpisodeBatch, q: Tensor) -> Tensor:
        """What the target networks make of the best actions of every moment, [T + 1, B, G]."""
        moments = batch.moments
        q_target, memories = cast(Actor, self.agents_target.copy).unroll(moments)
        best = self.best_next(q, q_target, moments.avail)
        return moments.packing.unpack(self.joint_target(memories, best, moments.state))

    def _optimal(self, at: Choices) -> Tensor:
        with torch.no_grad():
            q_joint = self.joint(at.memories, at.best, at.state)
        q_sum = values_of(at.q, at.best).sum(-1, keepdim=True)
        return optimal_loss(q_sum.expand_as(q_joint), q_joint, self.state_value(at.state).expand_as(q_joint))

    def _nonoptimal(self, at: Choices, q_joint: Tensor) -> Tensor:
        q_sum = values_of(at.q, at.actions).sum(-1, keepdim=True)
        return nonoptimal_loss(q_sum, q_joint, self.state_value(at.state))


class QtranAlt(Qtran):
    """QTRAN alt: Q_jt says what each agent's other actions would be worth, and the least gap of these has to be 0."""

    def _nonoptimal(self, at: Choices, q_joint: Tensor) -> Tensor:
        joint = cast(CounterfactualValue, self.joint)
        with torch.no_grad():
            alternatives = joint.alternatives(at.memories, at.actions, at.state)
        q_sums = replaced_sums(at.q, values_of(at.q, at.actions))
        v = self.state_value(at.state).expand_as(at.actions)
        return counterfactual_loss(q_sums, alternatives, v, at.avail)
