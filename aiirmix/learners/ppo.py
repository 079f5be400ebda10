"""IPPO and MAPPO: several proximal steps on one batch of episodes; the two differ in what the critic sees.

Schulman et al. 2017, de Witt et al. 2020 (IPPO), Yu et al. 2022 (MAPPO). Letters in shapes: T steps, B episodes,
M transitions, N agents. Equations: docs/ppo.md.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from aiirmix.common.limits import UnitInterval
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.protocol import EnvSpec
from aiirmix.learners.base import Learner, Metrics, Optimizers, Schedule, seeded
from aiirmix.maths.moments import explained_variance, masked_mean, standardise
from aiirmix.maths.policy import entropy, taken_log_probability
from aiirmix.maths.proximal import clipped_objective
from aiirmix.maths.returns import generalised_advantages
from aiirmix.nets.actor import Actor
from aiirmix.nets.critics import AgentCritic
from aiirmix.nets.normaliser import RunningNormaliser


@dataclass(frozen=True)
class Assessed:
    """Episodes and what was thought of them when they had been played: constants, [T, B, N]."""

    batch: EpisodeBatch
    log_old: Tensor
    """log π_old of the actions taken"""
    advantages: Tensor
    returns: Tensor
    """what the critic's values, normalised, should be"""
    values: Tensor
    """what they were"""

    def select(self, episodes: Tensor) -> "Assessed":
        """Some of the episodes; their indices must be rising, so that they stay sorted by length."""
        columns = (x[:, episodes] for x in (self.log_old, self.advantages, self.returns, self.values))
        return Assessed(self.batch.select(episodes), *columns)


class PPO(Learner):
    """Decentralised actors and per-agent critics of the team's reward.

    Args:
        spec: the environment's sizes and names.
        seed: see `Learner`, as for the next three and lr_shares.
        episodes_per_batch: ″
        epsilon: ″
        max_grad_norm: ″
        gamma: discount γ.
        lambda_: trace decay of the generalised advantages.
        clip: how far a ratio π/π_old may gain.
        entropy_weight: of the actors' entropy bonus.
        bootstrap_on_truncation: whether a time-out leaves value behind; by SMAC's rule it does not.
        standardise_advantages: subtract the mean and divide by the deviation over living agents.
        epochs: how often every episode is learnt from.
        minibatches: parts of whole episodes that an epoch is divided into; an update for each.
        actor: makes the actors.
        critic: makes the critics: with the state among their inputs it is MAPPO, without it IPPO.
        value_normaliser: makes what keeps the critics' targets at mean 0 and deviation 1.
        value_loss: of the critics, a function of `aiirmix.maths.proximal`.
        optimizers: of ``actor`` and ``critic``.
        lr_shares: of the same.
    """

    def __init__(
        self,
        spec: EnvSpec,
        seed: int,
        episodes_per_batch: int,
        epsilon: Schedule,
        max_grad_norm: float,
        gamma: UnitInterval,
        lambda_: UnitInterval,
        clip: float,
        entropy_weight: float,
        bootstrap_on_truncation: bool,
        standardise_advantages: bool,
        epochs: int,
        minibatches: int,
        actor: Callable[..., Actor],
        critic: Callable[..., AgentCritic],
        value_normaliser: Callable[..., RunningNormaliser],
        value_loss: Callable[..., Tensor],
        optimizers: Optimizers,
        lr_shares: Mapping[str, Schedule],
    ) -> None:
        super().__init__(spec, seed, episodes_per_batch, epsilon, max_grad_norm, lr_shares)
        self.gamma, self.lambda_, self.clip, self.entropy_weight = gamma, lambda_, clip, entropy_weight
        self.bootstrap_on_truncation, self.standardise_advantages = bootstrap_on_truncation, standardise_advantages
        self.epochs, self.minibatches, self.value_loss = epochs, minibatches, value_loss
        self.actor = seeded(seed, "actor", actor, spec=spec)
        self.critic = seeded(seed, "critic", critic, spec=spec)
        self.value_normaliser = value_normaliser()
        self.add_optimizer("actor", optimizers["actor"], self.actor)
        self.add_optimizer("critic", optimizers["critic"], self.critic)

    @property
    def policy(self) -> Actor:
        """The actors alone."""
        return self.actor

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """The first update of a batch, on all of it: that of an actor-critic, as π is still π_old."""
        return self.improve(self.assess(batch))

    def gradient_updates(self, batch: EpisodeBatch) -> Iterator[Metrics]:
        """One update for every minibatch of every epoch."""
        assessed = self.assess(batch)
        for _ in range(self.epochs):
            for episodes in self._parts(len(batch.lengths)):
                yield self.improve(assessed if self.minibatches == 1 else assessed.select(episodes))

    @torch.no_grad()
    def assess(self, batch: EpisodeBatch) -> Assessed:
        """Advantages and returns under actors and critics as they are; the normaliser observes the returns."""
        steps = batch.steps
        pack, unpack = steps.packing.pack, steps.packing.unpack
        log_old = taken_log_probability(self.actor(steps), steps.avail, steps.actions, steps.epsilon)
        values = self.value_normaliser.denormalise(batch.moments.packing.unpack(self.critic(batch.moments)))
        rewards = batch.reward[..., None].expand_as(batch.actions)
        terminal = batch.terminal(self.bootstrap_on_truncation)
        advantages = generalised_advantages(rewards, values, terminal, batch.lengths, self.gamma, self.lambda_)
        returns = advantages + values[:-1]
        self.value_normaliser.observe(pack(returns))
        if self.standardise_advantages:
            advantages = unpack(standardise(pack(advantages), steps.alive))
        normalise = self.value_normaliser.normalise
        return Assessed(batch, unpack(log_old), advantages, normalise(returns), normalise(values[:-1]))

    def improve(self, assessed: Assessed) -> Metrics:
        """One step of the actors and one of the critics."""
        return self._improve_actor(assessed) | self._improve_critic(assessed)

    def _improve_actor(self, assessed: Assessed) -> Metrics:
        steps = assessed.batch.steps
        log_old, advantages = (steps.packing.pack(x) for x in (assessed.log_old, assessed.advantages))
        logits = self.actor(steps)
        log_new = taken_log_probability(logits, steps.avail, steps.actions, steps.epsilon)
        loss = -masked_mean(clipped_objective(log_new, log_old, advantages, self.clip), steps.alive)
        mean_entropy = masked_mean(entropy(logits, steps.avail), steps.alive)
        norm = self.descend("actor", loss - self.entropy_weight * mean_entropy)
        log_ratio = (log_new - log_old).detach()
        beyond = ((log_ratio.exp() - 1).abs() > self.clip).to(log_ratio)
        return {
            "actor/loss": loss,
            "actor/entropy": mean_entropy,
            "actor/grad_norm": norm,
            "actor/kl": masked_mean(log_ratio.exp() - 1 - log_ratio, steps.alive),
            "actor/share_clipped": masked_mean(beyond, steps.alive),
        }

    def _improve_critic(self, assessed: Assessed) -> Metrics:
        steps = assessed.batch.steps
        old, returns = (steps.packing.pack(x) for x in (assessed.values, assessed.returns))
        values = self.critic(steps)
        loss = self.value_loss(values, old, returns).mean()
        norm = self.descend("critic", loss)
        explained = explained_variance(values.detach(), returns, torch.ones_like(steps.alive))
        return {"critic/loss": loss, "critic/grad_norm": norm, "critic/explained_variance": explained}

    def _parts(self, episodes: int) -> list[Tensor]:
        """The episodes, dealt at random to the minibatches; a function of the seed and the updates made so far."""
        shuffle = torch.Generator().manual_seed(zlib.crc32(f"{self.seed}/{int(self.updates)}".encode()))
        order = torch.randperm(episodes, generator=shuffle)
        return [part.sort().values for part in order.tensor_split(min(self.minibatches, episodes))]
