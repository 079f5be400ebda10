"""The learner that is IQL, VDN and QMIX: only the value mixer differs.

Letters in shapes: T steps, B episodes, M moments or transitions, N agents, A actions, G values learnt (N for IQL, else
1). Equations: docs/qmix.md.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from aiirmix.common.limits import UnitInterval
from aiirmix.data.episode_batch import NO_ACTION, EpisodeBatch, Packing
from aiirmix.data.replay import ReplayBuffer
from aiirmix.envs.protocol import EnvSpec
from aiirmix.learners.base import Metrics, Optimizers, Schedule, seeded
from aiirmix.learners.off_policy import OffPolicyLearner
from aiirmix.maths.q_values import values_of
from aiirmix.nets.actor import Actor
from aiirmix.nets.target import TargetNetwork


class QLearner(OffPolicyLearner):
    """Mixed utilities learn the λ-returns of what the target networks make of the best next actions.

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
        mixer: makes the value mixer.
        optimizers: of ``values``: agents and mixer.
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
        mixer: Callable[..., nn.Module],
        optimizers: Optimizers,
        lr_shares: Mapping[str, Schedule],
    ) -> None:
        super().__init__(
            *(spec, seed, episodes_per_batch, updates_per_episode, batch_size, replay, epsilon, max_grad_norm),
            *(gamma, lambda_, bootstrap_on_truncation, double_q, target_update_every, agents, lr_shares),
        )
        self.mixer = seeded(seed, "mixer", mixer, spec=spec)
        self.mixer_target = TargetNetwork(self.mixer, target_update_every)
        self.add_optimizer("values", optimizers["values"], self.agents, self.mixer)

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """One step down the mean of (Q − G)² over transitions and values learnt, G a λ-return; then the targets."""
        moments = batch.moments
        q = self.agents(moments)
        acted = moments.actions[:, 0] != NO_ACTION
        taken = self.mixer(values_of(q, moments.actions)[acted], moments.state[acted])
        target = Packing(batch.lengths).pack(self.returns(batch, self._next_values(batch, q.detach())))
        error = taken - target
        norm = self.descend("values", error.square().mean())
        self.agents_target.follow(self.agents)
        self.mixer_target.follow(self.mixer)
        return {
            "values/loss": error.square().mean(),
            "values/grad_norm": norm,
            "values/taken": taken.mean(),
            "values/target": target.mean(),
            "values/error": error.abs().mean(),
        }

    def joint_values(self, q: Tensor, memories: Tensor, actions: Tensor, state: Tensor) -> Tensor:
        """Q_tot of joint actions."""
        return torch.as_tensor(self.mixer(values_of(q, actions), state))

    @torch.no_grad()
    def _next_values(self, batch: EpisodeBatch, q: Tensor) -> Tensor:
        """What the target networks make of the best actions of every moment, [T + 1, B, G]."""
        moments = batch.moments
        q_target = self.agents_target(moments)
        best = self.best_next(q, q_target, moments.avail)
        return moments.packing.unpack(self.mixer_target(values_of(q_target, best), moments.state))
