"""IPPO and MAPPO: several proximal steps on one batch of episodes; they differ in what the critic sees.

Schulman et al. 2017, de Witt et al. 2020 (IPPO), Yu et al. 2022 (MAPPO). Letters in shapes: T transitions of the
longest episode, B episodes, N agents. Equations: docs/ppo.md.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from aiirmix.common.limits import UnitInterval
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.base import Metrics, seeded
from aiirmix.learners.on_policy import OnPolicyLearner, log_taken
from aiirmix.maths.masked import explained_variance, masked_mean
from aiirmix.maths.proximal import clipped_objective
from aiirmix.maths.returns import generalised_advantages
from aiirmix.nets.critics import AgentCritic
from aiirmix.nets.normaliser import RunningNormaliser


@dataclass(frozen=True)
class Rollout:
    """Episodes with what actors and critics thought of them when they had been played: constants, [T, B, N]."""

    batch: EpisodeBatch
    log_old: Tensor
    """log π_old of the actions taken"""
    advantages: Tensor
    returns: Tensor
    """the critics' targets, normalised"""
    values: Tensor
    """the critics' values, normalised"""

    def select(self, episodes: Tensor) -> "Rollout":
        """Return some of the episodes; the indices must rise, so that the episodes stay sorted by length."""
        columns = (x[:, episodes] for x in (self.log_old, self.advantages, self.returns, self.values))
        return Rollout(self.batch.select(episodes), *columns)


class PPO(OnPolicyLearner):
    """Decentralised actors and per-agent critics of the team's reward.

    Args:
        lambda_: trace decay of the generalised advantages.
        clip: how far a ratio π/π_old may gain.
        bootstrap_on_truncation: whether a time-out leaves value behind; by SMAC's rule it does not.
        epochs: how often every episode is learnt from.
        minibatches: parts of whole episodes that an epoch is divided into; each gives one update.
        critic: makes the critics: with the state among their inputs it is MAPPO, without it IPPO.
        value_normaliser: makes the normaliser that keeps the critics' targets at mean 0 and deviation 1.
        value_loss: the critics' loss, a function of `aiirmix.maths.proximal`.
        settings: see `OnPolicyLearner`; `optimizers` has ``actor`` and ``critic``.
    """

    def __init__(
        self,
        *,
        lambda_: UnitInterval,
        clip: float,
        bootstrap_on_truncation: bool,
        epochs: int,
        minibatches: int,
        critic: Callable[..., AgentCritic],
        value_normaliser: Callable[..., RunningNormaliser],
        value_loss: Callable[..., Tensor],
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.lambda_, self.clip, self.bootstrap_on_truncation = lambda_, clip, bootstrap_on_truncation
        self.epochs, self.minibatches, self.value_loss = epochs, minibatches, value_loss
        self.critic = seeded(self.seed, "critic", critic, spec=self.spec)
        self.value_normaliser = value_normaliser()
        self.add_optimizer("critic", self.make_optimizer["critic"], self.critic)

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """Make the first update of a batch, on all of it: that of an actor-critic, as π is still π_old."""
        return self.improve(self.assess(batch))

    def gradient_updates(self, batch: EpisodeBatch) -> Iterator[Metrics]:
        """Make one update for every minibatch of every epoch."""
        rollout = self.assess(batch)
        for _ in range(self.epochs):
            for episodes in self._parts(len(batch.lengths)):
                yield self.improve(rollout if self.minibatches == 1 else rollout.select(episodes))

    @torch.no_grad()
    def assess(self, batch: EpisodeBatch) -> Rollout:
        """Compute advantages and returns under the current actors and critics; the normaliser observes the returns."""
        transitions, timesteps = batch.transitions, batch.timesteps
        pack, unpack = transitions.packing.pack, transitions.packing.unpack
        log_old = log_taken(self.actor(transitions), transitions)
        values = self.value_normaliser.denormalise(timesteps.packing.unpack(self.critic(timesteps)))
        rewards = batch.reward[..., None].expand_as(batch.actions)
        terminal = batch.terminal(self.bootstrap_on_truncation)
        advantages = generalised_advantages(rewards, values, terminal, batch.lengths, self.gamma, self.lambda_)
        returns = advantages + values[:-1]
        self.value_normaliser.observe(pack(returns))
        advantages = unpack(self.standardised(pack(advantages), transitions.alive))
        normalise = self.value_normaliser.normalise
        return Rollout(batch, unpack(log_old), advantages, normalise(returns), normalise(values[:-1]))

    def improve(self, rollout: Rollout) -> Metrics:
        """Take one step of the actors and one of the critics."""
        return self._improve_actor(rollout) | self._improve_critic(rollout)

    def _improve_actor(self, rollout: Rollout) -> Metrics:
        transitions = rollout.batch.transitions
        log_old, advantages = (transitions.packing.pack(x) for x in (rollout.log_old, rollout.advantages))
        logits = self.actor(transitions)
        log_new = log_taken(logits, transitions)
        gain = clipped_objective(log_new, log_old, advantages, self.clip)
        loss, metrics = self.policy_loss(logits, gain, transitions)
        metrics["actor/grad_norm"] = self.descend("actor", loss)
        log_ratio = (log_new - log_old).detach()
        beyond = ((log_ratio.exp() - 1).abs() > self.clip).to(log_ratio)
        return metrics | {
            "actor/kl": masked_mean(log_ratio.exp() - 1 - log_ratio, transitions.alive),
            "actor/fraction_clipped": masked_mean(beyond, transitions.alive),
        }

    def _improve_critic(self, rollout: Rollout) -> Metrics:
        transitions = rollout.batch.transitions
        old, returns = (transitions.packing.pack(x) for x in (rollout.values, rollout.returns))
        values = self.critic(transitions)
        loss = self.value_loss(values, old, returns).mean()
        norm = self.descend("critic", loss)
        explained = explained_variance(values.detach(), returns)
        return {"critic/loss": loss, "critic/grad_norm": norm, "critic/explained_variance": explained}

    def _parts(self, episodes: int) -> list[Tensor]:
        """Divide the episodes at random into minibatches, as a function of the seed and the updates made so far."""
        rng = torch.Generator().manual_seed(zlib.crc32(f"{self.seed}/{int(self.updates)}".encode()))
        order = torch.randperm(episodes, generator=rng)
        return [part.sort().values for part in order.tensor_split(min(self.minibatches, episodes))]
