"""How reward parameters learn: from the credit of the actors' steps on a batch, or by a teacher of their own.

Letters in shapes: M transitions, N agents.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.func import functional_call

from aiirmix.common.errors import ConfigError
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.packing import PackedTimesteps
from aiirmix.learners.advantages import Rewards
from aiirmix.learners.base import Metrics, seeded
from aiirmix.learners.credit import ActorStep, Credit, credit
from aiirmix.learners.critics import CriticLearner
from aiirmix.learners.deviations import OtherActions, draw_other_actions
from aiirmix.learners.diagnostics import correlation_with_truth, gradient_agreement, meta_signal, policy_step
from aiirmix.learners.on_policy import log_taken
from aiirmix.learners.rollout import Rollout
from aiirmix.learners.sources import SourceRewards, Sources
from aiirmix.learners.value_function import Values
from aiirmix.learners.waiting import State, Waiting, restored, state_of
from aiirmix.maths.masked import correlation, masked_mean
from aiirmix.maths.meta_gradient import MetaGradient, Parameters, exact_surrogate, liir_code_surrogate
from aiirmix.maths.policy import divergence
from aiirmix.nets.roles import IntrinsicSource, RewardMixer
from aiirmix.nets.target import TargetNetwork

COHERENCE_AFTER = 20
"""Reward steps over which r_in is compared with itself."""


class Lesson(NamedTuple):
    """What the reward parameters learn from."""

    rollout: Rollout
    own: Rewards
    """of the source that learns from the row"""
    values: Values
    """of the agent critic"""
    path: Sequence[ActorStep]
    """the actors' steps on the rollout; empty if nothing asks for their credit"""
    judge: Rollout | None = None
    """the next batch, if it judges the rollout"""


class RewardLearner(CriticLearner):
    """An intrinsic source and a reward mixer, with the optimisers that teach them.

    Args:
        intrinsic: makes the intrinsic source.
        sources: 1, or 2 intrinsic sources of that kind, each of which learns from half of the episodes.
        source_start: ``zero`` if their rewards start at zero, for which a source takes ``head_start``; else ``random``.
        mixer: makes the reward mixer.
        teacher: teaches the intrinsic source, instead of the meta-gradient; see `Sources`.
        meta: how the reward parameters learn.
        settings: see `CriticLearner`; `optimizers` has ``rewards``, and ``source`` for an intrinsic source that teaches
            itself.

    Raises:
        ConfigError: there are reward parameters or a balance, and no extrinsic critic; two sources that cannot learn; a
            gate without two sources, a balance, and halves that judge themselves; a balance of advantages that are not
            standardised; halves of a batch of one episode; a
            source that teaches itself without an optimiser.
    """

    def __init__(
        self,
        *,
        intrinsic: Callable[..., IntrinsicSource],
        sources: Literal[1, 2],
        source_start: Literal["random", "zero"] = "random",
        mixer: Callable[..., RewardMixer],
        teacher: Callable[..., IntrinsicSource] | None = None,
        meta: MetaGradient,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.meta = meta
        self.waiting: State | None = None
        self.sources = Sources(self.seed, intrinsic, self.spec, sources, source_start, teacher)
        self.intrinsic = self.sources.joint
        self.mixer = seeded(self.seed, "mixer", mixer)
        self._add_reward_optimizers()
        if self.rewards_learn and self.sources.judges_actions:
            self.earlier_intrinsic = TargetNetwork(self.intrinsic, COHERENCE_AFTER)
        if (self.rewards_learn or self.advantages.is_balanced) and "extrinsic_critic" not in self.value_functions:
            raise ConfigError(
                "learnt or balanced rewards need a critic of r_ex: choose model/extrinsic_critic=agent or team"
            )
        self._check_sources()

    def _add_reward_optimizers(self) -> None:
        """Register ``rewards`` for what the meta-gradient teaches, and ``source`` for a source that teaches itself."""
        networks = (self.mixer,) if self.sources.learns_by_itself else (self.intrinsic, self.mixer)
        self.add_optimizer("rewards", self.make_optimizer["rewards"], *networks)
        if self.sources.learns_by_itself and any(p.requires_grad for p in self.intrinsic.parameters()):
            if "source" not in self.make_optimizer:
                raise ConfigError("an intrinsic source that teaches itself needs an optimiser: model.optimizers.source")
            self.add_optimizer("source", self.make_optimizer["source"], self.intrinsic)

    def _check_sources(self) -> None:
        count, judgings = len(self.sources.each), self.meta.data(2)
        apart = len(judgings) > 1 and all(torch.equal(judged, judges) for judged, judges in judgings)
        meta_learnt = any(p.requires_grad for p in self.intrinsic.parameters()) and not self.sources.learns_by_itself
        if count > 1 and not meta_learnt:
            raise ConfigError(
                "the source does not learn by the meta-gradient, so model.sources must be 1: choose "
                "model/balance=total or scaled"
            )
        if count > 1 and not self.sources.judges_actions:
            raise ConfigError(
                "two sources are compared by what they say of other actions, and this one says nothing: "
                "model.sources must be 1"
            )
        if self.advantages.is_balanced and not self.standardise_advantages:
            raise ConfigError(
                "a balance weighs advantages in units of their deviation: it needs model.standardise_advantages=true"
            )
        if self.advantages.is_balanced and not self._mixer_keeps_extrinsic():
            raise ConfigError(
                "with a balance the actors learn from r_ex and from r_total − r_ex, which must be 0 where r_in is: "
                "choose model/balance=total, or a mixer that starts there (linear, hypernet with mixer.start=eq13)"
            )
        if self.balance.gate is not None and not (count > 1 and apart and self.advantages.is_balanced):
            raise ConfigError(
                "a gate compares two sources that learn apart, and lowers κ: it needs model.sources=2, "
                "model/meta_data=split and a number for model.balance.kappa_max"
            )
        if self.episodes_per_batch == 1 and (count > 1 or len(judgings) > 1):
            raise ConfigError("a batch of one episode has no halves: model.episodes_per_batch must be 2 or more")

    @torch.no_grad()
    def _mixer_keeps_extrinsic(self) -> bool:
        """Return whether r_total is r_ex where r_in is 0, tried out on a few values."""
        r_ex = torch.linspace(-1, 1, 5)
        r_total = self.mixer(torch.zeros(len(r_ex), self.spec.n_agents), r_ex)
        return torch.allclose(r_total, r_ex[:, None].expand_as(r_total), atol=1e-4)

    @property
    def rewards_learn(self) -> bool:
        """Whether there are reward parameters."""
        return "rewards" in self.optimizers_by_name

    def rewards_of(self, batch: EpisodeBatch, of_sources: SourceRewards, values: Values) -> tuple[Rewards, Rewards]:
        """Return the rewards that the actors learn from, and those from the source that learns from the row."""
        r_in, own, _ = of_sources
        rewards = self._mixed(r_in, batch, values)
        return rewards, rewards if own is r_in else self._mixed(own, batch, values)

    def _mixed(self, r_in: Tensor, batch: EpisodeBatch, values: Values) -> Rewards:
        """Return what follows from r_in, with the graph that the reward parameters learn by."""
        paid = r_in if self.meta.pays_dead else r_in.masked_fill(~batch.transitions.alive, 0.0)
        mixed = paid.detach() if self.meta.follows_mixer_alone else paid
        return self.advantages.of_rewards(batch, mixed, self.mixer, values)._replace(r_in=paid)

    def learn_or_wait(self, lesson: Lesson, diagnose: bool) -> Metrics:
        """Let the reward parameters learn from the batch, or keep it until the next one."""
        if self.meta.waits:
            paid = lesson.own.r_in if self.sources.learns_by_itself else None
            self.waiting = state_of(Waiting(lesson.rollout, lesson.values, lesson.path, paid, diagnose))
            return {}
        return self._improve_rewards(lesson, diagnose)

    def learn_from_waiting(self, batch: EpisodeBatch) -> Metrics:
        """Let the reward parameters learn from the batch before, judged by this one; nothing if none waits."""
        if self.waiting is None:
            return {}
        rollout, values, path, paid, diagnose = restored(self.waiting, self.device)
        of_sources = self.sources.rewards(rollout.batch) if paid is None else SourceRewards(paid, paid, [paid])
        own = self.rewards_of(rollout.batch, of_sources, values)[1]
        return self._improve_rewards(Lesson(rollout, own, values, path, self._as_judge(batch)), diagnose)

    @torch.no_grad()
    def _as_judge(self, batch: EpisodeBatch) -> Rollout:
        """Return episodes that the present actors played with the advantages of r_ex."""
        unpack = batch.transitions.packing.unpack
        values = self.value_functions["extrinsic_critic"].values(batch)
        extrinsic = unpack(self.advantages.extrinsic(batch, values)[1])
        log_old = unpack(log_taken(self.logits(batch.transitions), batch.transitions))
        return Rollout(batch, extrinsic, {}, extrinsic, log_old)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the batch that waits to be judged."""
        checkpoint["waiting"] = self.waiting

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore the batch that waits to be judged."""
        self.waiting = checkpoint.get("waiting")

    def teach_source(self, batch: EpisodeBatch) -> Metrics:
        """Let a source that teaches itself take its steps; return the metrics of the first."""
        metrics = Metrics()
        for loss in self.sources.losses(batch):
            step = {"source/loss": loss.detach(), "source/grad_norm": self.descend("source", loss)}
            metrics = metrics or step
        return metrics

    def log_probability(self, batch: EpisodeBatch, theta: Parameters) -> Tensor:
        """Return log π_θ of the actions taken, [M, N]."""
        logits = functional_call(self.actor, dict(theta), (batch.transitions,), {"living_only": True})
        return log_taken(logits, batch.transitions)

    @torch.no_grad()
    def other_actions(self, transitions: PackedTimesteps) -> OtherActions:
        """Draw other actions from the present policy, the same ones whenever a resumed run asks."""
        seed = zlib.crc32(f"{self.seed}/other actions/{int(self.updates)}".encode())
        return draw_other_actions(transitions, self.logits(transitions), seed)

    def _improve_rewards(self, lesson: Lesson, diagnose: bool) -> Metrics:
        """Step the reward parameters up the extrinsic objective at θ_K (algorithm: `maths.meta_gradient`)."""
        rollout, path, metrics = lesson.rollout, lesson.path, Metrics()
        c = torch.full_like(lesson.own.r_in, torch.nan)
        if path:
            ended = dict(self.actor.named_parameters())
            found = credit(self.meta, self.log_probability, rollout, path, ended, lesson.judge)
            c, metrics = found.c, self._credit_metrics(lesson, found, diagnose)
        loss = self._surrogate(self.meta.surrogate, lesson, c)
        if loss.requires_grad:
            metrics["rewards/grad_norm"] = self.descend("rewards", loss)
        return metrics | self._coherence(rollout.batch)

    def _credit_metrics(self, lesson: Lesson, found: Credit, diagnose: bool) -> Metrics:
        """Return J, how far the steps moved the actors, and with `diagnose` what c looks like."""
        transitions, log_old = lesson.rollout.batch.transitions, lesson.rollout.log_old
        assert log_old is not None
        before, alive, metrics = (
            transitions.packing.pack(log_old),
            transitions.alive,
            {"meta/objective": found.objective},
        )
        if found.log_new is not None:
            metrics["actor/kl"] = masked_mean(divergence(found.log_new, before), alive)
        if diagnose:
            metrics |= meta_signal(found.c, alive) | self._agreement_with_liir_code(lesson, found.c)
            metrics |= correlation_with_truth("credit/correlation_of_c", found.c[alive], lesson.rollout.batch)
        if diagnose and found.log_new is not None:
            theta, theta_new = lesson.path[0].theta, dict(self.actor.named_parameters())
            metrics |= policy_step(found.log_new, before, theta_new, theta, alive)
        return metrics

    def _surrogate(self, surrogate: Callable[..., Tensor], lesson: Lesson, c: Tensor) -> Tensor:
        """Return the loss of the reward parameters; with two sources, the mean of those of the halves.

        κ is κ_max here, so that a closed gate does not keep the sources from learning.
        """
        own, transitions = lesson.own, lesson.rollout.batch.transitions
        assert lesson.rollout.extrinsic is not None
        extrinsic = transitions.packing.pack(lesson.rollout.extrinsic)
        losses = []
        for mask in self.sources.learning_masks(transitions):
            advantage = self.advantages.of_actors(own, extrinsic, mask, self.balance.kappa_max)
            losses.append(surrogate(c, extrinsic, own.r_in, advantage, own.returns, mask))
        return torch.stack(losses).mean()

    def _agreement_with_liir_code(self, lesson: Lesson, c: Tensor) -> Metrics:
        first, second = (self._surrogate(f, lesson, c) for f in (exact_surrogate, liir_code_surrogate))
        if not first.requires_grad:
            return {}
        return {"meta/cosine_exact_liir_code": gradient_agreement(first, second, self.parameters_of("rewards"))}

    @torch.no_grad()
    def _coherence(self, batch: EpisodeBatch) -> Metrics:
        """Return how far r_in agrees about actions with itself of some reward steps ago, when these are over."""
        metrics = Metrics()
        if not self.sources.judges_actions:
            return metrics
        earlier = self.earlier_intrinsic
        if earlier.due:
            others = self.other_actions(batch.transitions)
            metrics["rewards/coherence"] = correlation(*map(others.deviation, (self.intrinsic, earlier)))
        earlier.follow(self.intrinsic)
        return metrics
