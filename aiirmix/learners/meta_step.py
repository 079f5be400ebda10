"""The step of the reward parameters, after the actors' steps on a batch (algorithm: `maths.meta_gradient`).

Letters in shapes: M packed rows, N agents.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.base import Metrics
from aiirmix.learners.diagnostics import gradient_agreement, meta_signal, policy_step
from aiirmix.learners.rollout import ActorStep, Assessment, Rewards, Rollout
from aiirmix.maths.masked import masked_mean
from aiirmix.maths.meta_gradient import MetaGradient, Parameters, exact_surrogate, liir_code_surrogate


@dataclass(frozen=True)
class MetaStep:
    """What the reward parameters learn from one batch."""

    meta: MetaGradient
    log_probability: Callable[[EpisodeBatch, Parameters], Tensor]
    """log π_θ of the actions taken in episodes, [M, N], from (the episodes, θ)"""
    parameters: list[nn.Parameter]
    """the reward parameters"""
    assessed: Assessment
    """its rollout knows log π_old, and there is an extrinsic advantage"""
    path: Sequence[ActorStep]
    """the actors' steps"""
    epochs: int
    """how often the actors learnt from every episode"""

    def loss(self, theta_new: Parameters) -> tuple[Tensor, Metrics]:
        """Return the loss whose descent raises the extrinsic objective at θ_K, the actors' parameters, and metrics."""
        rollout, rewards, extrinsic = self.assessed.rollout, self.assessed.rewards, self.assessed.extrinsic_advantage
        assert rollout.log_old is not None
        assert extrinsic is not None
        alive, log_old = rollout.batch.transitions.alive, rollout.batch.transitions.packing.pack(rollout.log_old)
        log_new = self.log_probability(rollout.batch, theta_new)
        objective = self.meta.objective(log_new, log_old, extrinsic, alive)
        gradient = torch.autograd.grad(objective, list(theta_new.values()))
        c = self._credit(rollout, dict(zip(theta_new, gradient, strict=True)))
        metrics = {"meta/objective": objective, "actor/kl": masked_mean(log_old - log_new.detach(), alive)}
        if self.assessed.diagnose:
            metrics |= policy_step(log_new.detach(), log_old, theta_new, self.path[0].theta, alive)
            metrics |= meta_signal(c, alive) | self._agreement_with_liir_code(rewards, c, alive)
        return self.meta.surrogate(c, rewards.advantage, rewards.returns, alive), metrics

    def _credit(self, rollout: Rollout, direction: Parameters) -> Tensor:
        """Return c, [M, N]: how J at θ_K changes with the advantages, summed over the points of `meta.path`.

        A step on some of the episodes weighs them more, as its gradient is the mean over them alone.
        """
        total = torch.zeros_like(rollout.advantages)
        everything = torch.arange(total.shape[1])
        epochs = torch.full_like(rollout.batch.transitions.alive, self.epochs, dtype=total.dtype)
        start = ActorStep(self.path[0].theta, rollout, everything, epochs)
        for step in self.meta.path(start, self.path):
            batch = step.part.batch
            c = self.meta.derivative(partial(self.log_probability, batch), step.theta, direction)
            c = batch.transitions.packing.unpack(c * step.weight * (rollout.living / step.part.living))
            total[: len(c), step.episodes] += c
        return rollout.batch.transitions.packing.pack(total)

    def _agreement_with_liir_code(self, rewards: Rewards, c: Tensor, alive: Tensor) -> Metrics:
        first, second = (
            f(c, rewards.advantage, rewards.returns, alive) for f in (exact_surrogate, liir_code_surrogate)
        )
        if not first.requires_grad:
            return {}
        return {"meta/cosine_exact_liir_code": gradient_agreement(first, second, self.parameters)}
