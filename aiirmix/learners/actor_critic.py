"""The on-policy learner: actors on r_total, of which every part can be swapped.

AIIR-MIX, RMIX, AIIR, LIIR and their controls differ in intrinsic source and reward mixer (docs/aiir_mix.md); IPPO and
MAPPO have no intrinsic reward and another update (docs/ppo.md).
Letters in shapes: T transitions of the longest episode, B episodes, M transitions, N agents.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from aiirmix.common.errors import ConfigError
from aiirmix.common.limits import UnitInterval
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.packing import PackedTimesteps
from aiirmix.learners.advantages import Advantages, Rewards, Traces
from aiirmix.learners.balance import Balance
from aiirmix.learners.base import Metrics, ShapedRewards, seeded
from aiirmix.learners.credit import ActorStep, Credit, credit
from aiirmix.learners.deviations import OtherActions, other_actions
from aiirmix.learners.diagnostics import credit_metrics, gradient_agreement, meta_signal, policy_step, reward_metrics
from aiirmix.learners.on_policy import OnPolicyLearner, log_taken
from aiirmix.learners.rollout import Rollout
from aiirmix.learners.sources import SourceRewards, Sources
from aiirmix.learners.updates import ActorsUpdate, minibatches_of, parts, updates_of
from aiirmix.learners.value_function import ValueFunction, Values
from aiirmix.learners.waiting import State, restored, state_of
from aiirmix.maths.advantage import Estimate, fraction_of_advantage
from aiirmix.maths.masked import correlation, explained_variance, masked_mean
from aiirmix.maths.meta_gradient import MetaGradient, Parameters, exact_surrogate, liir_code_surrogate
from aiirmix.nets.normaliser import Normaliser
from aiirmix.nets.roles import IntrinsicSource, RewardMixer, attention_of, intrinsic_rewards
from aiirmix.nets.target import TargetNetwork

COHERENCE_AFTER = 20
"""Reward steps over which r_in is compared with itself."""


class Lesson(NamedTuple):
    """What the reward parameters learn from."""

    rollout: Rollout
    own: Rewards
    """of the source that learns from the row"""
    path: Sequence[ActorStep]
    """the actors' steps on the rollout; empty if nothing asks for their credit"""
    judge: Rollout | None = None
    """the next batch, if it judges the rollout"""


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


class ActorCritic(OnPolicyLearner):
    """Actors that learn from r_total, and reward parameters that learn how r_total should teach the actors.

    Args:
        lambda_: trace decay of the estimates.
        bootstrap_on_truncation: whether a time-out leaves value behind; by SMAC's rule it does not.
        target_update_every: updates between copies to the target critics; None: the critics bootstrap from themselves.
        update: how the actors learn from a batch.
        agent_critic: makes the critic of r_total.
        extrinsic_critic: makes the critic of r_ex, which the reward parameters need; None: there is none.
        value_normaliser: makes the normaliser of a critic's targets.
        value_loss: the critics' loss, a function of `aiirmix.maths.proximal`.
        estimator: returns and advantages from rewards and values, a function of `aiirmix.maths.advantage`.
        balance: how much of the advantage is intrinsic; with a balance, the agent critic learns δ = r_total − r_ex.
        intrinsic: makes the intrinsic source.
        sources: 1, or 2 intrinsic sources of that kind, each of which learns from half of the episodes.
        mixer: makes the reward mixer.
        teacher: teaches the intrinsic source, instead of the meta-gradient; see `Sources`.
        advantage: the actors' advantage, a function of `aiirmix.maths.advantage`.
        meta: how the reward parameters learn.
        settings: see `OnPolicyLearner`; `optimizers` has ``actor``, ``critic`` (for every critic) and ``rewards``, and
            ``source`` for an intrinsic source that teaches itself; `lr_schedules` may name ``actor``, ``agent_critic``,
            ``extrinsic_critic``, ``rewards`` and ``source``.

    Raises:
        ConfigError: there are reward parameters or a balance, and no extrinsic critic; two sources that cannot learn; a
            gate without two sources, a balance, and halves that judge themselves; halves of a batch of one episode; a
            source that teaches itself without an optimiser.
    """

    def __init__(
        self,
        *,
        lambda_: UnitInterval,
        bootstrap_on_truncation: bool,
        target_update_every: int | None,
        update: ActorsUpdate,
        agent_critic: Callable[..., nn.Module],
        extrinsic_critic: Callable[..., nn.Module] | None,
        value_normaliser: Callable[[], Normaliser],
        value_loss: Callable[..., Tensor],
        estimator: Callable[..., Estimate],
        balance: Balance,
        intrinsic: Callable[..., IntrinsicSource],
        sources: Literal[1, 2],
        mixer: Callable[..., RewardMixer],
        teacher: Callable[..., IntrinsicSource] | None = None,
        advantage: Callable[..., Tensor],
        meta: MetaGradient,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.balance, self.actors_update, self.meta = balance, update, meta
        traces = Traces(estimator, lambda_, bootstrap_on_truncation)
        self.advantages = Advantages(traces, advantage, balance, self.gamma, self.standardised)
        self.value_functions: dict[str, ValueFunction] = {}
        add_critic = partial(self._add_critic, target_update_every, value_normaliser, value_loss)
        # An only critic draws its random start under the name with which the results of IPPO and MAPPO were made.
        add_critic("agent", agent_critic, "agent_critic" if extrinsic_critic else "critic")
        if extrinsic_critic:
            add_critic("extrinsic", extrinsic_critic, "extrinsic_critic")
        self.waiting: State | None = None
        self.sources = Sources(self.seed, intrinsic, self.spec, sources, teacher)
        self.intrinsic = self.sources.joint
        self.mixer = seeded(self.seed, "mixer", mixer)
        self._add_reward_optimizers()
        if self.rewards_learn and self.sources.judges_actions:
            self.earlier_intrinsic = TargetNetwork(self.intrinsic, COHERENCE_AFTER)
        if (self.rewards_learn or self.advantages.is_balanced) and not extrinsic_critic:
            raise ConfigError(
                "learnt or balanced rewards need a critic of r_ex: model.extrinsic_critic must not be null"
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
            raise ConfigError("this model/intrinsic does not learn by the meta-gradient, so model.sources must be 1")
        if self.balance.gate is not None and not (count > 1 and apart and self.advantages.is_balanced):
            raise ConfigError(
                "a gate compares two sources that learn apart, and lowers κ: it needs model.sources=2, "
                "model/meta_data=split and a number for model.balance.kappa_max"
            )
        if self.episodes_per_batch == 1 and (count > 1 or len(judgings) > 1):
            raise ConfigError("a batch of one episode has no halves: model.episodes_per_batch must be 2 or more")

    def _add_critic(
        self,
        target_update_every: int | None,
        value_normaliser: Callable[[], Normaliser],
        value_loss: Callable[..., Tensor],
        name: str,
        make: Callable[..., nn.Module],
        start: str,
    ) -> None:
        """Register the parts of a value function as `<name>_critic`, `<name>_target` and `<name>_normaliser`."""
        critic, normaliser = seeded(self.seed, start, make, spec=self.spec), value_normaliser()
        target = TargetNetwork(critic, target_update_every) if target_update_every else None
        for part, module in (("critic", critic), ("target", target), ("normaliser", normaliser)):
            setattr(self, f"{name}_{part}", module)
        self.value_functions[f"{name}_critic"] = ValueFunction(critic, target, normaliser, value_loss)
        self.add_optimizer(f"{name}_critic", self.make_optimizer["critic"], critic)

    @property
    def rewards_learn(self) -> bool:
        """Whether there are reward parameters."""
        return "rewards" in self.optimizers_by_name

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """Make the first update of a batch."""
        return next(iter(self.gradient_updates(batch)))

    def gradient_updates(self, batch: EpisodeBatch) -> Iterator[Metrics]:
        """Make one update for every minibatch of every epoch, towards targets computed before any of them.

        The reward parameters take one step for a batch: after the actors' last, or when the next batch judges it.
        """
        late = self._learn_from_waiting(batch)
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
                preconditioner = self.meta.preconditioner(self.optimizers_by_name["actor"])
                path.append(ActorStep(theta, part, episodes, unpacked(weight), preconditioner))
            if number == 1:
                metrics |= self._first_metrics(assessed) | late
            if number == last and self.rewards_learn:
                metrics = self._learn_or_wait(Lesson(rollout, assessed.own, path), assessed) | metrics
            if number == last:
                metrics |= self._teach_source(batch)
            yield metrics | self.improve_critics(part, assessed.values if last == 1 else None)

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
        rewards, own = self._rewards(batch, of_sources, values["agent_critic"])
        returns["agent_critic"] = unpack(rewards.returns.detach())
        targets = {n: f.targets(batch, values[n].now, returns[n]) for n, f in self.value_functions.items()}
        metrics |= self._compare_sources(batch, of_sources.each, diagnose)
        kappa = self.balance.kappa()
        if kappa is not None:
            metrics["balance/kappa"] = torch.tensor(kappa)
        advantage = advantages.of_actors(rewards, extrinsic, batch.transitions.alive, kappa).detach()
        rollout = Rollout(batch, unpack(advantage), targets, None if extrinsic is None else unpack(extrinsic))
        if minibatches_of(update, len(batch.lengths)) > 1:
            with torch.no_grad():
                rollout = rollout.started_by(log_taken(self.actor(batch.transitions), batch.transitions))
        without = advantages.without_source(batch, values["agent_critic"], extrinsic) if diagnose else None
        return Assessment(rollout, values, rewards, own, without, metrics)

    def _rewards(self, batch: EpisodeBatch, of_sources: SourceRewards, values: Values) -> tuple[Rewards, Rewards]:
        """Return the rewards that the actors learn from, and those from the source that learns from the row."""
        r_in, own, _ = of_sources
        rewards = self.advantages.of_rewards(batch, r_in, self.mixer, values)
        return rewards, rewards if own is r_in else self.advantages.of_rewards(batch, own, self.mixer, values)

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
        logits = self.actor(transitions)
        log_new = log_taken(logits, transitions)
        now = log_new.detach()
        log_old = now if part.log_old is None else transitions.packing.pack(part.log_old)
        advantage = transitions.packing.pack(part.advantages)
        loss, metrics = self.policy_loss(logits, update.gain(log_new, log_old, advantage), transitions)
        metrics |= update.metrics(now, log_old, transitions.alive)
        metrics["actor/grad_norm"] = self.descend("actor", loss)
        return update.weight(now, log_old, advantage), now, metrics

    def _learn_or_wait(self, lesson: Lesson, assessed: Assessment) -> Metrics:
        """Let the reward parameters learn from the batch, or keep it until the next one."""
        if self.meta.waits:
            self.waiting = state_of(lesson.rollout, assessed.values["agent_critic"], lesson.path)
            return {}
        return self._improve_rewards(lesson, assessed.without is not None)

    def _learn_from_waiting(self, batch: EpisodeBatch) -> Metrics:
        """Let the reward parameters learn from the batch before, judged by this one; nothing if none waits."""
        if self.waiting is None:
            return {}
        rollout, values, path = restored(self.waiting, self.device)
        own = self._rewards(rollout.batch, self.sources.rewards(rollout.batch), values)[1]
        return self._improve_rewards(Lesson(rollout, own, path, self._as_judge(batch)), self.diagnose)

    @torch.no_grad()
    def _as_judge(self, batch: EpisodeBatch) -> Rollout:
        """Return episodes that the present actors played with the advantages of r_ex."""
        unpack = batch.transitions.packing.unpack
        values = self.value_functions["extrinsic_critic"].values(batch)
        extrinsic = unpack(self.advantages.extrinsic(batch, values)[1])
        log_old = unpack(log_taken(self.actor(batch.transitions), batch.transitions))
        return Rollout(batch, extrinsic, {}, extrinsic, log_old)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the batch that waits to be judged."""
        checkpoint["waiting"] = self.waiting

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore the batch that waits to be judged."""
        self.waiting = checkpoint.get("waiting")

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
            metrics["actor/kl"] = masked_mean(before - found.log_new, alive)
        if diagnose:
            metrics |= meta_signal(found.c, alive) | self._agreement_with_liir_code(lesson, found.c)
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

    def _teach_source(self, batch: EpisodeBatch) -> Metrics:
        """Let a source that teaches itself take its steps; return the metrics of the first."""
        metrics = Metrics()
        for loss in self.sources.losses(batch):
            step = {"source/loss": loss.detach(), "source/grad_norm": self.descend("source", loss)}
            metrics = metrics or step
        return metrics

    @torch.no_grad()
    def _other_actions(self, transitions: PackedTimesteps) -> OtherActions:
        seed = zlib.crc32(f"{self.seed}/other actions/{int(self.updates)}".encode())
        return other_actions(transitions, self.actor(transitions), seed)

    @torch.no_grad()
    def _compare_sources(self, batch: EpisodeBatch, taken: Sequence[Tensor], diagnose: bool) -> Metrics:
        """Return how far two sources agree, of which the gate takes note; nothing if there is one source.

        Without a gate, it is a costly metric. `taken` are the sources' rewards for the actions taken.
        """
        if len(taken) == 1 or (self.balance.gate is None and not diagnose):
            return {}
        others = self._other_actions(batch.transitions)
        found = correlation(*map(others.deviation, self.sources.each, taken))
        if self.balance.gate is not None:
            self.balance.gate.observe(found)
        return {"balance/agreement": found}

    @torch.no_grad()
    def _coherence(self, batch: EpisodeBatch) -> Metrics:
        """Return how far r_in agrees about actions with itself of some reward steps ago, when these are over."""
        metrics = Metrics()
        if not self.sources.judges_actions:
            return metrics
        earlier = self.earlier_intrinsic
        if earlier.due:
            others = self._other_actions(batch.transitions)
            metrics["rewards/coherence"] = correlation(*map(others.deviation, (self.intrinsic, earlier)))
        earlier.follow(self.intrinsic)
        return metrics

    def _first_metrics(self, assessed: Assessment) -> Metrics:
        """Return what the rewards look like and what they contribute to the actors' advantage."""
        if assessed.without is None:
            return assessed.metrics
        rollout, rewards = assessed.rollout, assessed.rewards
        batch, transitions = rollout.batch, rollout.batch.transitions
        advantage = transitions.packing.pack(rollout.advantages)
        r_ex, r_in, r_total = transitions.packing.pack(batch.reward), rewards.r_in.detach(), rewards.r_total.detach()
        metrics = assessed.metrics | credit_metrics(r_in, advantage, assessed.without, batch)
        if self.rewards_learn:
            types = self.spec.agent_types
            metrics |= reward_metrics(self.intrinsic, self.mixer, transitions, types, r_in, r_ex, r_total)
        fraction = fraction_of_advantage(advantage, assessed.without, transitions.alive)
        return metrics | {"rewards/fraction_of_advantage": fraction}

    def _agreement_with_liir_code(self, lesson: Lesson, c: Tensor) -> Metrics:
        first, second = (self._surrogate(f, lesson, c) for f in (exact_surrogate, liir_code_surrogate))
        if not first.requires_grad:
            return {}
        return {"meta/cosine_exact_liir_code": gradient_agreement(first, second, self.parameters_of("rewards"))}

    def improve_critics(self, part: Rollout, known: Mapping[str, Values] | None = None) -> Metrics:
        """Step each critic towards its returns (eqs. 5 and 8), then let the target networks follow.

        `known` holds the values with their graphs, if the critics have not moved since they were computed.
        """
        transitions, metrics = part.batch.transitions, Metrics()
        pack = transitions.packing.pack
        for name, function in self.value_functions.items():
            values = function.critic(transitions) if known is None else pack(known[name].live[:-1])
            old, returns = (pack(x) for x in part.critics[name])
            loss = function.loss(values, old, returns).mean()
            metrics[f"{name}/loss"], metrics[f"{name}/grad_norm"] = loss, self.descend(name, loss)
            function.follow()
            metrics[f"{name}/explained_variance"] = explained_variance(values.detach(), returns)
        return metrics
