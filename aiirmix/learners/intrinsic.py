"""The learner that is AIIR-MIX, RMIX, AIIR, LIIR and their controls: only intrinsic source and reward mixer differ.

Letters in shapes: T steps, B episodes, M transitions, N agents. Equations: docs/aiir_mix.md.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from aiirmix.common.limits import UnitInterval
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.protocol import EnvSpec
from aiirmix.learners.base import Learner, Metrics, Optimizers, Schedule, seeded
from aiirmix.learners.diagnostics import (
    attention_shape,
    correlation,
    gradient_agreement,
    intrinsic_by_type,
    meta_signal,
    mixer_shape,
    policy_step,
)
from aiirmix.maths.meta_gradient import MetaGradient, Parameters, exact_surrogate, liir_code_surrogate
from aiirmix.maths.moments import explained_variance, masked_mean, standardise
from aiirmix.maths.policy import entropy, taken_log_probability
from aiirmix.maths.returns import td_lambda_returns
from aiirmix.nets.actor import Actor
from aiirmix.nets.target import TargetNetwork


class Rewards(NamedTuple):
    """What the agents are paid and what follows from it; carries the graph of the reward parameters. All [M, N]."""

    r_in: Tensor
    r_total: Tensor
    returns: Tensor
    """λ-returns of r_total"""
    advantage: Tensor


class Values(NamedTuple):
    """What the critics say of every moment; the live ones carry their graphs."""

    total: Tensor
    """[T + 1, B, N]"""
    total_target: Tensor
    """[T + 1, B, N]; of the target network"""
    extrinsic: Tensor
    """[T + 1, B]"""
    extrinsic_target: Tensor
    """[T + 1, B]; of the target network"""


class IntrinsicActorCritic(Learner):
    """Actors learn from r_total; the reward parameters learn how r_total should teach them.

    Args:
        spec: the environment's sizes and names.
        seed: see `Learner`, as for epsilon, max_grad_norm and lr_shares.
        episodes_per_update: how many episodes are played for one update; each is used once.
        epsilon: ″
        max_grad_norm: ″
        gamma: discount γ.
        lambda_: trace decay of both λ-returns.
        entropy_weight: of the actors' entropy bonus.
        bootstrap_on_truncation: whether a time-out leaves value behind; by SMAC's rule it does not.
        standardise_advantages: subtract the mean and divide by the deviation over living agents.
        target_update_every: updates between copies to the target critics.
        actor: makes the actors; the next four make what they are named after.
        agent_critic: of r_total.
        extrinsic_critic: of r_ex.
        intrinsic: the intrinsic source.
        mixer: the reward mixer.
        advantage: the actors' advantage, a function of `aiirmix.maths.advantage`.
        meta: how the reward parameters learn.
        optimizers: of ``actor``, ``critic`` (each of the two) and ``rewards``.
        lr_shares: of ``actor``, ``agent_critic``, ``extrinsic_critic`` and ``rewards``.
    """

    def __init__(
        self,
        spec: EnvSpec,
        seed: int,
        episodes_per_update: int,
        epsilon: Schedule,
        max_grad_norm: float,
        gamma: UnitInterval,
        lambda_: UnitInterval,
        entropy_weight: float,
        bootstrap_on_truncation: bool,
        standardise_advantages: bool,
        target_update_every: int,
        actor: Callable[..., Actor],
        agent_critic: Callable[..., nn.Module],
        extrinsic_critic: Callable[..., nn.Module],
        intrinsic: Callable[..., nn.Module],
        mixer: Callable[..., nn.Module],
        advantage: Callable[..., Tensor],
        meta: MetaGradient,
        optimizers: Optimizers,
        lr_shares: Mapping[str, Schedule],
    ) -> None:
        super().__init__(spec, seed, episodes_per_update, epsilon, max_grad_norm, lr_shares)
        self.gamma, self.lambda_, self.entropy_weight = gamma, lambda_, entropy_weight
        self.bootstrap_on_truncation, self.standardise_advantages = bootstrap_on_truncation, standardise_advantages
        self.advantage, self.meta = advantage, meta
        self.actor = seeded(seed, "actor", actor, spec=spec)
        self.agent_critic = seeded(seed, "agent_critic", agent_critic, spec=spec)
        self.extrinsic_critic = seeded(seed, "extrinsic_critic", extrinsic_critic, spec=spec)
        self.intrinsic = seeded(seed, "intrinsic", intrinsic, spec=spec)
        self.mixer = seeded(seed, "mixer", mixer)
        self.agent_target = TargetNetwork(self.agent_critic, target_update_every)
        self.extrinsic_target = TargetNetwork(self.extrinsic_critic, target_update_every)
        self.add_optimizer("actor", optimizers["actor"], self.actor)
        self.add_optimizer("agent_critic", optimizers["critic"], self.agent_critic)
        self.add_optimizer("extrinsic_critic", optimizers["critic"], self.extrinsic_critic)
        self.add_optimizer("rewards", optimizers["rewards"], self.intrinsic, self.mixer)

    @property
    def policy(self) -> Actor:
        """The actors alone: nothing else of the learner takes part in execution."""
        return self.actor

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """One step each of actors, reward parameters and critics, all towards targets computed before any step."""
        values = self._values(batch)
        rewards = self._rewards(batch, values)
        extrinsic_returns, extrinsic_advantage = self._extrinsic(batch, values)
        theta = {name: p.detach().clone() for name, p in self.actor.named_parameters()}
        log_old, metrics = self._improve_actor(batch, rewards.advantage.detach())
        if "rewards" in self.optimizers_by_name:
            metrics |= self._improve_rewards(batch, rewards, theta, log_old, extrinsic_advantage)
        return metrics | self._improve_critics(batch, values, rewards.returns.detach(), extrinsic_returns)

    def log_probability(self, batch: EpisodeBatch, theta: Parameters) -> Tensor:
        """Log π_θ of the actions taken, [M, N]."""
        steps = batch.steps
        logits = functional_call(self.actor, dict(theta), (steps,))
        return taken_log_probability(logits, steps.avail, steps.actions, steps.epsilon)

    def _values(self, batch: EpisodeBatch) -> Values:
        moments = batch.moments
        critics = (self.agent_critic, self.agent_target, self.extrinsic_critic, self.extrinsic_target)
        return Values(*(moments.packing.unpack(critic(moments)) for critic in critics))

    def _rewards(self, batch: EpisodeBatch, values: Values) -> Rewards:
        steps = batch.steps
        pack, unpack = steps.packing.pack, steps.packing.unpack
        r_ex = pack(batch.reward)
        r_in = self.intrinsic(steps)
        r_total = self.mixer(r_in, r_ex)
        returns = pack(self._td_lambda(batch, unpack(r_total), values.total_target))
        now, after = (pack(v.detach()) for v in (values.total[:-1], values.total[1:]))
        advantage = self.advantage(returns, now, after, r_ex[:, None].expand_as(r_in), self.gamma)
        return Rewards(r_in, r_total, returns, self._standardise(advantage, steps.alive))

    def _extrinsic(self, batch: EpisodeBatch, values: Values) -> tuple[Tensor, Tensor]:
        """λ-returns of r_ex [M], and their advantage spread over the agents [M, N]."""
        pack, alive = batch.steps.packing.pack, batch.steps.alive
        returns = pack(self._td_lambda(batch, batch.reward, values.extrinsic_target))
        advantage = (returns - pack(values.extrinsic.detach()[:-1]))[:, None].expand_as(alive)
        return returns, self._standardise(advantage, alive)

    def _td_lambda(self, batch: EpisodeBatch, rewards: Tensor, values: Tensor) -> Tensor:
        terminal = batch.terminal(self.bootstrap_on_truncation)
        return td_lambda_returns(rewards, values, terminal, batch.lengths, self.gamma, self.lambda_)

    def _standardise(self, advantage: Tensor, mask: Tensor) -> Tensor:
        return standardise(advantage, mask) if self.standardise_advantages else advantage

    def _improve_actor(self, batch: EpisodeBatch, advantage: Tensor) -> tuple[Tensor, Metrics]:
        """θ → θ' (eq. 7); returns log π_θ of the actions taken, [M, N]."""
        steps = batch.steps
        logits = self.actor(steps)
        log_taken = taken_log_probability(logits, steps.avail, steps.actions, steps.epsilon)
        mean_entropy = masked_mean(entropy(logits, steps.avail), steps.alive)
        loss = -masked_mean(advantage * log_taken, steps.alive)
        norm = self.descend("actor", loss - self.entropy_weight * mean_entropy)
        return log_taken.detach(), {"actor/loss": loss, "actor/entropy": mean_entropy, "actor/grad_norm": norm}

    def _improve_rewards(
        self, batch: EpisodeBatch, rewards: Rewards, theta: Parameters, log_old: Tensor, extrinsic_advantage: Tensor
    ) -> Metrics:
        """One step of the reward parameters up the extrinsic objective at θ' (algorithm: `maths.meta_gradient`)."""
        alive = batch.steps.alive
        theta_new = dict(self.actor.named_parameters())
        log_new = self.log_probability(batch, theta_new)
        objective = self.meta.objective(log_new, log_old, extrinsic_advantage, alive)
        gradient = torch.autograd.grad(objective, list(theta_new.values()))
        direction = dict(zip(theta, gradient, strict=True))
        c = self.meta.derivative(lambda parameters: self.log_probability(batch, parameters), theta, direction)
        metrics = {"meta/objective": objective, "actor/kl": masked_mean(log_old - log_new.detach(), alive)}
        if self.diagnose:
            metrics |= policy_step(log_new.detach(), log_old, theta_new, theta, alive)
            metrics |= self._diagnostics(batch, rewards, c)
        loss = self.meta.surrogate(c, rewards.advantage, rewards.returns, alive)
        if loss.requires_grad:
            metrics["rewards/grad_norm"] = self.descend("rewards", loss)
        return metrics

    def _diagnostics(self, batch: EpisodeBatch, rewards: Rewards, c: Tensor) -> Metrics:
        steps, alive = batch.steps, batch.steps.alive
        r_ex = steps.packing.pack(batch.reward)
        metrics = {
            **intrinsic_by_type(rewards.r_in.detach(), alive, self.spec.agent_types),
            **mixer_shape(self.mixer, rewards.r_in.detach(), r_ex, alive),
            **attention_shape(self.intrinsic, steps, self.spec.agent_types),
            **meta_signal(c, alive),
            "rewards/share_alive": alive.float().mean(),
            "rewards/correlation_total_extrinsic": correlation(
                rewards.r_total.detach()[alive], r_ex[:, None].expand_as(alive)[alive]
            ),
        }
        exact, liir_code = (
            s(c, rewards.advantage, rewards.returns, alive) for s in (exact_surrogate, liir_code_surrogate)
        )
        if exact.requires_grad:
            parameters = self.parameters_of("rewards")
            metrics["meta/cosine_exact_liir_code"] = gradient_agreement(exact, liir_code, parameters)
        return metrics

    def _improve_critics(
        self, batch: EpisodeBatch, values: Values, total_returns: Tensor, extrinsic_returns: Tensor
    ) -> Metrics:
        """One step of each critic towards its λ-returns (eqs. 5 and 8), then the target networks follow."""
        pack = batch.steps.packing.pack
        total, extrinsic = pack(values.total[:-1]), pack(values.extrinsic[:-1])
        losses = {"agent_critic": (total - total_returns).square().mean()}
        losses["extrinsic_critic"] = (extrinsic - extrinsic_returns).square().mean()
        metrics = {f"{name}/loss": loss for name, loss in losses.items()}
        metrics |= {f"{name}/grad_norm": self.descend(name, loss) for name, loss in losses.items()}
        self.agent_target.follow(self.agent_critic)
        self.extrinsic_target.follow(self.extrinsic_critic)
        everywhere = torch.ones_like(total, dtype=torch.bool)
        metrics["agent_critic/explained_variance"] = explained_variance(total, total_returns, everywhere)
        metrics["extrinsic_critic/explained_variance"] = explained_variance(
            extrinsic, extrinsic_returns, everywhere[:, 0]
        )
        return metrics
