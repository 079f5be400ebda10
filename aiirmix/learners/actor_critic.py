"""The on-policy learner: actors on r_total, of which every part can be swapped.

AIIR-MIX, RMIX, AIIR, LIIR and their controls differ in intrinsic source and reward mixer (docs/aiir_mix.md); IPPO and
MAPPO have no intrinsic reward and another update (docs/ppo.md).
Letters in shapes: T transitions of the longest episode, B episodes, M transitions, N agents.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.advantages import Rewards
from aiirmix.learners.base import Metrics, ShapedRewards
from aiirmix.learners.credit import ActorStep
from aiirmix.learners.diagnostics import credit_metrics, reward_metrics
from aiirmix.learners.on_policy import log_taken
from aiirmix.learners.reward_learner import Lesson, RewardLearner
from aiirmix.learners.rollout import Rollout
from aiirmix.learners.updates import ActorsUpdate, minibatches_of, parts, updates_of
from aiirmix.learners.value_function import Values
from aiirmix.maths.advantage import fraction_of_advantage
from aiirmix.maths.masked import correlation
from aiirmix.maths.meta_gradient import Parameters


@dataclass(frozen=True)
class Assessment:
    """A batch under the networks before its first update."""

    rollout: Rollout
    values: dict[str, Values]
    """by the critic's name"""
    rewards: Rewards
    own: Rewards
    """the same from the source that learns from the row alone; with two sources, `rewards` are from their mean"""
    without: Tensor | None
    """[M, N], the actors' advantage if there were no intrinsic reward; None: costly metrics are not logged"""
    metrics: Metrics
    """what a source that teaches itself noted, how far two sources agree, and κ"""


class ActorCritic(RewardLearner):
    """Actors that learn from r_total, and reward parameters that learn how r_total should teach the actors.

    Args:
        update: how the actors learn from a batch.
        settings: see `RewardLearner`; `lr_schedules` may name ``actor``, ``agent_critic``, ``extrinsic_critic``,
            ``rewards`` and ``source``.
    """

    def __init__(self, *, update: ActorsUpdate, **settings: Any) -> None:
        super().__init__(**settings)
        self.actors_update = update

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """Make the first update of a batch."""
        return next(iter(self.gradient_updates(batch)))

    def gradient_updates(self, batch: EpisodeBatch) -> Iterator[Metrics]:
        """Make one update for every minibatch of every epoch, towards targets computed before any of them.

        The reward parameters take one step for a batch: after the actors' last, or when the next batch judges it.
        """
        late = self.learn_from_waiting(batch)
        assessed = self.assess(batch, self.diagnose)
        rollout, path = assessed.rollout, list[ActorStep]()
        credited = self.rewards_learn and (self.meta.needs_credit or assessed.without is not None)
        last = updates_of(self.actors_update, len(batch.lengths))
        for number, episodes in enumerate(self.minibatches(len(batch.lengths)), start=1):
            part = rollout.select(episodes)
            theta = self._theta() if credited else {}
            weight, log_new, metrics = self.improve_actor(part)
            rollout = rollout.started_by(log_new)
            if credited:
                unpacked = part.batch.transitions.packing.unpack
                clipped = self.clipping(metrics["actor/grad_norm"])
                preconditioner = self.meta.preconditioner(self.optimizers_by_name["actor"], clipped)
                path.append(ActorStep(theta, part, episodes, unpacked(weight), preconditioner))
            if number == 1:
                metrics |= self._first_metrics(assessed) | late
            if number == last and self.rewards_learn:
                lesson = Lesson(rollout, assessed.own, assessed.values["agent_critic"], path)
                metrics = self.learn_or_wait(lesson, assessed.without is not None) | metrics
            if number == last:
                metrics |= self.teach_source(batch)
            yield metrics | self.improve_critics(part, assessed.values if last == 1 else None)

    @torch.no_grad()
    def shaped_rewards(self, batch: EpisodeBatch) -> ShapedRewards:
        """Return r_in, r_total and the attention of the intrinsic source, if it shows any."""
        transitions = batch.transitions
        r_in = self.intrinsic.from_episodes(batch)
        r_total = self.mixer(r_in, transitions.packing.pack(batch.reward))
        return ShapedRewards(r_in, r_total, self.intrinsic.attention(transitions))

    def assess(self, batch: EpisodeBatch, diagnose: bool = False) -> Assessment:
        """Compute advantages and the critics' targets; normalisers, gate and source observe the batch."""
        update, advantages = self.actors_update, self.advantages
        with torch.set_grad_enabled(updates_of(update, len(batch.lengths)) == 1):
            values = {name: function.values(batch) for name, function in self.value_functions.items()}
        unpack, returns, extrinsic = batch.transitions.packing.unpack, {}, None
        if "extrinsic_critic" in values:
            returns["extrinsic_critic"], extrinsic = advantages.extrinsic(batch, values["extrinsic_critic"])
        metrics = self.sources.observe(batch)
        of_sources = self.sources.rewards(batch)
        rewards, own = self.rewards_of(batch, of_sources, values["agent_critic"])
        returns["agent_critic"] = unpack(rewards.returns.detach())
        targets = {n: f.targets(batch, values[n], returns[n]) for n, f in self.value_functions.items()}
        metrics |= self._compare_sources(batch, of_sources.each, diagnose)
        kappa = self.balance.kappa()
        if kappa is not None:
            metrics["balance/kappa"] = torch.tensor(kappa)
        advantage = advantages.of_actors(rewards, extrinsic, batch.transitions.alive, kappa).detach()
        rollout = Rollout(batch, unpack(advantage), targets, None if extrinsic is None else unpack(extrinsic))
        if minibatches_of(update, len(batch.lengths)) > 1:
            with torch.no_grad():
                rollout = rollout.started_by(log_taken(self.logits(batch.transitions), batch.transitions))
        without = advantages.without_source(batch, values["agent_critic"], extrinsic) if diagnose else None
        return Assessment(rollout, values, rewards, own, without, metrics)

    def minibatches(self, episodes: int) -> Iterator[Tensor]:
        """Give the episodes of every update on a batch, as a function of the seed and the updates made so far."""
        update = self.actors_update
        for _ in range(update.epochs):
            yield from parts(episodes, minibatches_of(update, episodes), f"{self.seed}/{int(self.updates)}")

    def _theta(self) -> Parameters:
        return {name: p.detach().clone() for name, p in self.actor.named_parameters()}

    def improve_actor(self, part: Rollout) -> tuple[Tensor, Tensor, Metrics]:
        """Take one step (eq. 7, or that of PPO); return its weights and log π(u) from before it, both [M, N]."""
        transitions, update = part.batch.transitions, self.actors_update
        logits = self.logits(transitions)
        log_new = log_taken(logits, transitions)
        now = log_new.detach()
        log_old = now if part.log_old is None else transitions.packing.pack(part.log_old)
        advantage = transitions.packing.pack(part.advantages)
        loss, metrics = self.policy_loss(logits, update.gain(log_new, log_old, advantage), transitions)
        metrics |= update.metrics(now, log_old, transitions.alive)
        metrics["actor/grad_norm"] = self.descend("actor", loss)
        return update.weight(now, log_old, advantage), now, metrics

    @torch.no_grad()
    def _compare_sources(self, batch: EpisodeBatch, taken: Sequence[Tensor], diagnose: bool) -> Metrics:
        """Return how far two sources agree, of which the gate takes note; nothing if there is one source.

        Without a gate, it is a costly metric. `taken` are the sources' rewards for the actions taken.
        """
        if len(taken) == 1 or (self.balance.gate is None and not diagnose):
            return {}
        others = self.other_actions(batch.transitions)
        found = correlation(*map(others.deviation, self.sources.each, taken))
        if self.balance.gate is not None:
            self.balance.gate.observe(found)
        return {"balance/agreement": found}

    def _first_metrics(self, assessed: Assessment) -> Metrics:
        """Return what the rewards look like and what they contribute to the actors' advantage."""
        if assessed.without is None:
            return assessed.metrics
        rollout, rewards = assessed.rollout, assessed.rewards
        batch, transitions = rollout.batch, rollout.batch.transitions
        advantage = transitions.packing.pack(rollout.advantages)
        r_ex, r_in, r_total = transitions.packing.pack(batch.reward), rewards.r_in.detach(), rewards.r_total.detach()
        metrics = assessed.metrics | credit_metrics(r_in, advantage, assessed.without, batch)
        metrics |= reward_metrics(self.intrinsic, self.mixer, transitions, self.spec.agent_types, r_in, r_ex, r_total)
        fraction = fraction_of_advantage(advantage, assessed.without, transitions.alive)
        return metrics | {"rewards/fraction_of_advantage": fraction}
