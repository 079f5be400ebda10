"""The learner of AIIR-MIX, RMIX, AIIR, LIIR and their controls, which differ only in intrinsic source and reward mixer.

Letters in shapes: T transitions of the longest episode, B episodes, M transitions, N agents.
Equations: docs/aiir_mix.md.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from aiirmix.common.limits import UnitInterval
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.base import Metrics, ShapedRewards, seeded
from aiirmix.learners.diagnostics import (
    attention_metrics,
    correlation,
    credit_metrics,
    gradient_agreement,
    intrinsic_by_type,
    meta_signal,
    mixer_metrics,
    policy_step,
)
from aiirmix.learners.on_policy import OnPolicyLearner, log_taken
from aiirmix.maths.masked import explained_variance, masked_mean
from aiirmix.maths.meta_gradient import MetaGradient, Parameters, exact_surrogate, liir_code_surrogate
from aiirmix.maths.returns import td_lambda_returns
from aiirmix.nets.roles import IntrinsicSource, RewardMixer, attention_of, intrinsic_rewards
from aiirmix.nets.target import TargetNetwork


class Rewards(NamedTuple):
    """Rewards and what follows from them, all [M, N]. They carry the graph of the reward parameters."""

    r_in: Tensor
    r_total: Tensor
    returns: Tensor
    """λ-returns of r_total"""
    advantage: Tensor


class Values(NamedTuple):
    """The critics' values at every timestep; the live critics' carry their graphs."""

    total: Tensor
    """[T + 1, B, N]"""
    total_target: Tensor
    """[T + 1, B, N]; of the target network"""
    extrinsic: Tensor
    """[T + 1, B]"""
    extrinsic_target: Tensor
    """[T + 1, B]; of the target network"""


class IntrinsicActorCritic(OnPolicyLearner):
    """Actors that learn from r_total, and reward parameters that learn how r_total should teach the actors.

    Args:
        lambda_: trace decay of both λ-returns.
        bootstrap_on_truncation: whether a time-out leaves value behind; by SMAC's rule it does not.
        target_update_every: updates between copies to the target critics.
        agent_critic: makes the critic of r_total.
        extrinsic_critic: makes the critic of r_ex.
        intrinsic: makes the intrinsic source.
        mixer: makes the reward mixer.
        advantage: the actors' advantage, a function of `aiirmix.maths.advantage`.
        meta: how the reward parameters learn.
        settings: see `OnPolicyLearner`; `optimizers` has ``actor``, ``critic`` (for both critics) and ``rewards``,
            `lr_schedules` may name ``actor``, ``agent_critic``, ``extrinsic_critic`` and ``rewards``.
    """

    def __init__(
        self,
        *,
        lambda_: UnitInterval,
        bootstrap_on_truncation: bool,
        target_update_every: int,
        agent_critic: Callable[..., nn.Module],
        extrinsic_critic: Callable[..., nn.Module],
        intrinsic: Callable[..., IntrinsicSource],
        mixer: Callable[..., RewardMixer],
        advantage: Callable[..., Tensor],
        meta: MetaGradient,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.lambda_, self.bootstrap_on_truncation = lambda_, bootstrap_on_truncation
        self.advantage, self.meta = advantage, meta
        self.agent_critic = seeded(self.seed, "agent_critic", agent_critic, spec=self.spec)
        self.extrinsic_critic = seeded(self.seed, "extrinsic_critic", extrinsic_critic, spec=self.spec)
        self.intrinsic = seeded(self.seed, "intrinsic", intrinsic, spec=self.spec)
        self.mixer = seeded(self.seed, "mixer", mixer)
        self.agent_target = TargetNetwork(self.agent_critic, target_update_every)
        self.extrinsic_target = TargetNetwork(self.extrinsic_critic, target_update_every)
        self.add_optimizer("agent_critic", self.make_optimizer["critic"], self.agent_critic)
        self.add_optimizer("extrinsic_critic", self.make_optimizer["critic"], self.extrinsic_critic)
        self.add_optimizer("rewards", self.make_optimizer["rewards"], self.intrinsic, self.mixer)

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """Take one step each of actors, reward parameters and critics, towards targets computed before any step."""
        values = self._values(batch)
        rewards = self._rewards(batch, values)
        extrinsic_returns, extrinsic_advantage = self._extrinsic(batch, values)
        theta = {name: p.detach().clone() for name, p in self.actor.named_parameters()}
        log_old, metrics = self._improve_actor(batch, rewards.advantage.detach())
        metrics |= credit_metrics(rewards.r_in.detach(), batch)
        if "rewards" in self.optimizers_by_name:
            metrics |= self._improve_rewards(batch, rewards, theta, log_old, extrinsic_advantage)
        return metrics | self._improve_critics(batch, values, rewards.returns.detach(), extrinsic_returns)

    @torch.no_grad()
    def shaped_rewards(self, batch: EpisodeBatch) -> ShapedRewards:
        """Return r_in, r_total and the attention of the intrinsic source, if it shows any."""
        transitions = batch.transitions
        r_in = intrinsic_rewards(self.intrinsic, batch)
        r_total = self.mixer(r_in, transitions.packing.pack(batch.reward))
        return ShapedRewards(r_in, r_total, attention_of(self.intrinsic, transitions))

    def log_probability(self, batch: EpisodeBatch, theta: Parameters) -> Tensor:
        """Return log π_θ of the actions taken, [M, N]."""
        logits = functional_call(self.actor, dict(theta), (batch.transitions,))
        return log_taken(logits, batch.transitions)

    def _values(self, batch: EpisodeBatch) -> Values:
        timesteps = batch.timesteps
        critics = (self.agent_critic, self.agent_target, self.extrinsic_critic, self.extrinsic_target)
        return Values(*(timesteps.packing.unpack(critic(timesteps)) for critic in critics))

    def _rewards(self, batch: EpisodeBatch, values: Values) -> Rewards:
        transitions = batch.transitions
        pack, unpack = transitions.packing.pack, transitions.packing.unpack
        r_ex = pack(batch.reward)
        r_in = intrinsic_rewards(self.intrinsic, batch)
        r_total = self.mixer(r_in, r_ex)
        returns = pack(self._td_lambda(batch, unpack(r_total), values.total_target))
        now, after = (pack(v.detach()) for v in (values.total[:-1], values.total[1:]))
        advantage = self.advantage(returns, now, after, r_ex[:, None].expand_as(r_in), self.gamma)
        return Rewards(r_in, r_total, returns, self.standardised(advantage, transitions.alive))

    def _extrinsic(self, batch: EpisodeBatch, values: Values) -> tuple[Tensor, Tensor]:
        """Return the λ-returns of r_ex [M], and their advantage, equal for all agents [M, N]."""
        pack, alive = batch.transitions.packing.pack, batch.transitions.alive
        returns = pack(self._td_lambda(batch, batch.reward, values.extrinsic_target))
        advantage = (returns - pack(values.extrinsic.detach()[:-1]))[:, None].expand_as(alive)
        return returns, self.standardised(advantage, alive)

    def _td_lambda(self, batch: EpisodeBatch, rewards: Tensor, values: Tensor) -> Tensor:
        terminal = batch.terminal(self.bootstrap_on_truncation)
        return td_lambda_returns(rewards, values, terminal, batch.lengths, self.gamma, self.lambda_)

    def _improve_actor(self, batch: EpisodeBatch, advantage: Tensor) -> tuple[Tensor, Metrics]:
        """Step from θ to θ' (eq. 7); return log π_θ of the actions taken, [M, N]."""
        transitions = batch.transitions
        logits = self.actor(transitions)
        log_old = log_taken(logits, transitions)
        loss, metrics = self.policy_loss(logits, advantage * log_old, transitions)
        return log_old.detach(), metrics | {"actor/grad_norm": self.descend("actor", loss)}

    def _improve_rewards(
        self, batch: EpisodeBatch, rewards: Rewards, theta: Parameters, log_old: Tensor, extrinsic_advantage: Tensor
    ) -> Metrics:
        """Step the reward parameters up the extrinsic objective at θ' (algorithm: `maths.meta_gradient`)."""
        alive = batch.transitions.alive
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
        transitions, alive, types = batch.transitions, batch.transitions.alive, self.spec.agent_types
        r_ex, r_in = transitions.packing.pack(batch.reward), rewards.r_in.detach()
        metrics = {
            **intrinsic_by_type(r_in, alive, types),
            **mixer_metrics(self.mixer, r_in, r_ex, alive),
            **attention_metrics(self.intrinsic, transitions, types),
            **meta_signal(c, alive),
            "rewards/fraction_alive": alive.float().mean(),
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
        """Step each critic towards its λ-returns (eqs. 5 and 8), then let the target networks follow."""
        pack = batch.transitions.packing.pack
        total, extrinsic = pack(values.total[:-1]), pack(values.extrinsic[:-1])
        losses = {"agent_critic": (total - total_returns).square().mean()}
        losses["extrinsic_critic"] = (extrinsic - extrinsic_returns).square().mean()
        metrics = {f"{name}/loss": loss for name, loss in losses.items()}
        metrics |= {f"{name}/grad_norm": self.descend(name, loss) for name, loss in losses.items()}
        self.agent_target.follow(self.agent_critic)
        self.extrinsic_target.follow(self.extrinsic_critic)
        metrics["agent_critic/explained_variance"] = explained_variance(total, total_returns)
        metrics["extrinsic_critic/explained_variance"] = explained_variance(extrinsic, extrinsic_returns)
        return metrics
