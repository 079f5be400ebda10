"""The learner of IQL, VDN and QMIX, which differ only in the value mixer.

Letters in shapes: T transitions of the longest episode, B episodes, M packed timesteps, N agents, A actions, G values
learnt (N for IQL, else 1). Equations: docs/qmix.md.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.base import Metrics, seeded
from aiirmix.learners.off_policy import OffPolicyLearner
from aiirmix.maths.q_values import values_of
from aiirmix.nets.roles import ValueMixer
from aiirmix.nets.target import TargetNetwork


class QLearner(OffPolicyLearner):
    """Mixed utilities that learn the λ-returns of the target networks' values of the best next actions.

    Args:
        value_mixer: makes the value mixer.
        settings: see `OffPolicyLearner`.
    """

    def __init__(self, *, value_mixer: Callable[..., ValueMixer], **settings: Any) -> None:
        super().__init__(**settings)
        self.value_mixer = seeded(self.seed, "mixer", value_mixer, spec=self.spec)
        self.value_mixer_target = TargetNetwork(self.value_mixer, self.target_update_every)
        self.add_optimizer("values", self.make_optimizer["values"], self.agents, self.value_mixer)

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """Take one step down the mean of (Q − G)² over transitions, G a λ-return; then the target networks follow."""
        timesteps = batch.timesteps
        q, acted = self.agents(timesteps), timesteps.acted
        taken = self.value_mixer(values_of(q, timesteps.actions)[acted], timesteps.state[acted])
        target = self.targets(batch, self._next_values(batch, q.detach()))
        error = taken - target
        norm = self.descend("values", error.square().mean())
        self.agents_target.follow(self.agents)
        self.value_mixer_target.follow(self.value_mixer)
        return {
            "values/loss": error.square().mean(),
            "values/grad_norm": norm,
            "values/taken": taken.mean(),
            "values/target": target.mean(),
            "values/error": error.abs().mean(),
        }

    def joint_values(self, q: Tensor, hidden_states: Tensor, actions: Tensor, state: Tensor) -> Tensor:
        """Return Q_tot of joint actions, [M, G]."""
        return self.value_mixer(values_of(q, actions), state)

    @torch.no_grad()
    def _next_values(self, batch: EpisodeBatch, q: Tensor) -> Tensor:
        """Return the target networks' values of the best actions at every timestep, [T + 1, B, G]."""
        timesteps = batch.timesteps
        q_target = self.agents_target(timesteps)
        best = self.best_next(q, q_target, timesteps.avail)
        return timesteps.packing.unpack(self.value_mixer_target(values_of(q_target, best), timesteps.state))
