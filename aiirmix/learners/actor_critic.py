"""The on-policy learner: actors on r_total, of which every part can be swapped.

AIIR-MIX, RMIX, AIIR, LIIR and their controls differ in intrinsic source and reward mixer (docs/aiir_mix.md); IPPO and
MAPPO have no intrinsic reward and another update (docs/ppo.md).
Letters in shapes: T transitions of the longest episode, B episodes, M transitions, N agents.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from aiirmix.common.errors import ConfigError
from aiirmix.common.limits import UnitInterval
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.base import Metrics, ShapedRewards, seeded
from aiirmix.learners.diagnostics import credit_metrics, gradient_agreement, meta_signal, policy_step, reward_metrics
from aiirmix.learners.on_policy import OnPolicyLearner, log_taken
from aiirmix.learners.rollout import ActorStep, Rollout
from aiirmix.learners.updates import ActorsUpdate, minibatches_of, parts, updates_of
from aiirmix.learners.value_function import ValueFunction, Values
from aiirmix.maths.advantage import Estimate, fraction_of_advantage
from aiirmix.maths.balance import balanced_advantage
from aiirmix.maths.masked import explained_variance, masked_mean, standardise
from aiirmix.maths.meta_gradient import MetaGradient, Parameters, exact_surrogate, liir_code_surrogate
from aiirmix.nets.normaliser import Normaliser
from aiirmix.nets.roles import IntrinsicSource, RewardMixer, attention_of, intrinsic_rewards
from aiirmix.nets.target import TargetNetwork


class Rewards(NamedTuple):
    """Rewards and what follows from them, all [M, N]. They carry the graph of the reward parameters."""

    r_in: Tensor
    r_total: Tensor
    returns: Tensor
    """of r_total, or of r_total − r_ex with a balance"""
    advantage: Tensor


@dataclass(frozen=True)
class Assessment:
    """A batch under the networks before its first update."""

    rollout: Rollout
    live: dict[str, Tensor]
    """the critics' values with their graphs, [T + 1, B, ...], by the critic's name"""
    rewards: Rewards
    extrinsic_advantage: Tensor | None
    """[M, N]; None: there is no extrinsic critic"""
    diagnose: bool
    """whether to log costly metrics"""


@dataclass(frozen=True)
class Balance:
    """How much of the actors' advantage is intrinsic.

    Args:
        kappa_max: weight κ of the part from δ = r_total − r_ex, in units of deviation; None: no balance.
    """

    kappa_max: UnitInterval | None


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
        mixer: makes the reward mixer.
        advantage: the actors' advantage, a function of `aiirmix.maths.advantage`.
        meta: how the reward parameters learn.
        settings: see `OnPolicyLearner`; `optimizers` has ``actor``, ``critic`` (for every critic) and ``rewards``,
            `lr_schedules` may name ``actor``, ``agent_critic``, ``extrinsic_critic`` and ``rewards``.

    Raises:
        ConfigError: there are reward parameters or a balance, and no extrinsic critic.
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
        mixer: Callable[..., RewardMixer],
        advantage: Callable[..., Tensor],
        meta: MetaGradient,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.lambda_, self.bootstrap_on_truncation = lambda_, bootstrap_on_truncation
        self.balance, self.actors_update, self.estimator, self.advantage, self.meta = (
            balance,
            update,
            estimator,
            advantage,
            meta,
        )
        self.value_functions: dict[str, ValueFunction] = {}
        add_critic = partial(self._add_critic, target_update_every, value_normaliser, value_loss)
        # An only critic draws its random start under the name with which the results of IPPO and MAPPO were made.
        add_critic("agent", agent_critic, "agent_critic" if extrinsic_critic else "critic")
        if extrinsic_critic:
            add_critic("extrinsic", extrinsic_critic, "extrinsic_critic")
        self.intrinsic = seeded(self.seed, "intrinsic", intrinsic, spec=self.spec)
        self.mixer = seeded(self.seed, "mixer", mixer)
        self.add_optimizer("rewards", self.make_optimizer["rewards"], self.intrinsic, self.mixer)
        if (self.rewards_learn or balance.kappa_max is not None) and not extrinsic_critic:
            raise ConfigError(
                "learnt or balanced rewards need a critic of r_ex: model.extrinsic_critic must not be null"
            )

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

        The reward parameters take one step for a batch, after the actors' last.
        """
        assessed = self.assess(batch, self.diagnose)
        rollout, path = assessed.rollout, list[ActorStep]()
        last = updates_of(self.actors_update, len(batch.lengths))
        for number, episodes in enumerate(self.minibatches(len(batch.lengths)), start=1):
            part = rollout.select(episodes)
            theta = self._theta() if self.rewards_learn else {}
            weight, log_new, metrics = self.improve_actor(part)
            rollout = rollout.started_by(log_new)
            if self.rewards_learn:
                path.append(ActorStep(theta, part, episodes, weight))
            if number == 1:
                metrics |= credit_metrics(assessed.rewards.r_in.detach(), batch)
            if number == 1 and assessed.diagnose:
                metrics |= self._reward_metrics(assessed)
            if number == last and self.rewards_learn:
                metrics = self._improve_rewards(replace(assessed, rollout=rollout), path) | metrics
            yield metrics | self.improve_critics(part, assessed.live if last == 1 else None)

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
        """Compute advantages and the critics' targets; the normalisers observe the returns."""
        update = self.actors_update
        with torch.set_grad_enabled(updates_of(update, len(batch.lengths)) == 1):
            values = {name: function.values(batch) for name, function in self.value_functions.items()}
        unpack, returns, extrinsic_advantage = batch.transitions.packing.unpack, {}, None
        if "extrinsic_critic" in values:
            returns["extrinsic_critic"], extrinsic_advantage = self._extrinsic(batch, values["extrinsic_critic"])
        rewards = self._rewards(batch, values["agent_critic"], extrinsic_advantage)
        returns["agent_critic"] = unpack(rewards.returns.detach())
        targets = {n: f.targets(batch, values[n].now, returns[n]) for n, f in self.value_functions.items()}
        rollout = Rollout(batch, unpack(rewards.advantage.detach()), targets)
        if minibatches_of(update, len(batch.lengths)) > 1:
            with torch.no_grad():
                rollout = rollout.started_by(self.log_probability(batch, self._theta()))
        live = {name: value.live for name, value in values.items()}
        return Assessment(rollout, live, rewards, extrinsic_advantage, diagnose)

    def _rewards(self, batch: EpisodeBatch, values: Values, extrinsic_advantage: Tensor | None) -> Rewards:
        transitions, pack = batch.transitions, batch.transitions.packing.pack
        r_ex = pack(batch.reward)
        r_in = intrinsic_rewards(self.intrinsic, batch)
        r_total = self.mixer(r_in, r_ex)
        learnt = r_total if self.balance.kappa_max is None else r_total - r_ex[:, None]
        estimate = self._estimate(batch, transitions.packing.unpack(learnt), values)
        now, after = pack(values.now[:-1]), pack(values.now[1:])
        r_ex_each = r_ex[:, None].expand_as(r_in)
        advantage = self.advantage(pack(estimate.advantages), now, after, r_ex_each, self.gamma)
        balanced = self._balanced(advantage, extrinsic_advantage, transitions.alive)
        return Rewards(r_in, r_total, pack(estimate.returns), balanced)

    def _balanced(self, advantage: Tensor, extrinsic: Tensor | None, alive: Tensor) -> Tensor:
        """Return the actors' advantage from that of r_total, or with a balance from those of δ and r_ex; all [M, N]."""
        if self.balance.kappa_max is None:
            return self.standardised(advantage, alive)
        assert extrinsic is not None
        return balanced_advantage(standardise(extrinsic, alive), advantage, self.balance.kappa_max, alive)

    def _extrinsic(self, batch: EpisodeBatch, values: Values) -> tuple[Tensor, Tensor]:
        """Return the returns of r_ex [T, B], and their advantage, equal for all agents [M, N]."""
        alive = batch.transitions.alive
        estimate = self._estimate(batch, batch.reward, values)
        advantage = batch.transitions.packing.pack(estimate.advantages)[:, None].expand_as(alive)
        return estimate.returns, self.standardised(advantage, alive)

    def _estimate(self, batch: EpisodeBatch, rewards: Tensor, values: Values) -> Estimate:
        terminal = batch.terminal(self.bootstrap_on_truncation)
        return self.estimator(rewards, values.now, values.bootstrap, terminal, batch.lengths, self.gamma, self.lambda_)

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

    def _improve_rewards(self, assessed: Assessment, path: list[ActorStep]) -> Metrics:
        """Step the reward parameters up the extrinsic objective at θ_K (algorithm: `maths.meta_gradient`)."""
        batch, rewards, extrinsic = assessed.rollout.batch, assessed.rewards, assessed.extrinsic_advantage
        assert assessed.rollout.log_old is not None
        assert extrinsic is not None
        alive, log_old = batch.transitions.alive, batch.transitions.packing.pack(assessed.rollout.log_old)
        theta, theta_new = path[0].theta, dict(self.actor.named_parameters())
        log_new = self.log_probability(batch, theta_new)
        objective = self.meta.objective(log_new, log_old, extrinsic, alive)
        gradient = torch.autograd.grad(objective, list(theta_new.values()))
        c = self._credit(assessed.rollout, path, dict(zip(theta, gradient, strict=True)))
        metrics = {"meta/objective": objective, "actor/kl": masked_mean(log_old - log_new.detach(), alive)}
        if assessed.diagnose:
            metrics |= policy_step(log_new.detach(), log_old, theta_new, theta, alive)
            metrics |= meta_signal(c, alive) | self._agreement_with_liir_code(rewards, c, alive)
        loss = self.meta.surrogate(c, rewards.advantage, rewards.returns, alive)
        if loss.requires_grad:
            metrics["rewards/grad_norm"] = self.descend("rewards", loss)
        return metrics

    def _credit(self, rollout: Rollout, path: list[ActorStep], direction: Parameters) -> Tensor:
        """Return c, [M, N]: how J at θ_K changes with the advantages, summed over the points of `meta.path`.

        A step on some of the episodes weighs them more, as its gradient is the mean over them alone.
        """
        total = torch.zeros_like(rollout.advantages)
        everything = torch.arange(total.shape[1])
        epochs = torch.full_like(rollout.batch.transitions.alive, self.actors_update.epochs, dtype=total.dtype)
        start = ActorStep(path[0].theta, rollout, everything, epochs)
        for step in self.meta.path(start, path):
            batch = step.part.batch
            c = self.meta.derivative(partial(self.log_probability, batch), step.theta, direction)
            c = batch.transitions.packing.unpack(c * step.weight * (rollout.living / step.part.living))
            total[: len(c), step.episodes] += c
        return rollout.batch.transitions.packing.pack(total)

    def _reward_metrics(self, assessed: Assessment) -> Metrics:
        """Return what the rewards look like and what they contribute to the actors' advantage."""
        batch, rewards, extrinsic = assessed.rollout.batch, assessed.rewards, assessed.extrinsic_advantage
        transitions = batch.transitions
        r_ex, r_in, r_total = transitions.packing.pack(batch.reward), rewards.r_in.detach(), rewards.r_total.detach()
        metrics = Metrics()
        if self.rewards_learn:
            types = self.spec.agent_types
            metrics |= reward_metrics(self.intrinsic, self.mixer, transitions, types, r_in, r_ex, r_total)
        if extrinsic is not None:
            fraction = fraction_of_advantage(rewards.advantage.detach(), extrinsic, transitions.alive)
            metrics["rewards/fraction_of_advantage"] = fraction
        return metrics

    def _agreement_with_liir_code(self, rewards: Rewards, c: Tensor, alive: Tensor) -> Metrics:
        first, second = (
            f(c, rewards.advantage, rewards.returns, alive) for f in (exact_surrogate, liir_code_surrogate)
        )
        if not first.requires_grad:
            return {}
        return {"meta/cosine_exact_liir_code": gradient_agreement(first, second, self.parameters_of("rewards"))}

    def improve_critics(self, part: Rollout, live: Mapping[str, Tensor] | None = None) -> Metrics:
        """Step each critic towards its returns (eqs. 5 and 8), then let the target networks follow.

        `live` holds the values with their graphs, if the critics have not moved since they were computed.
        """
        transitions, metrics = part.batch.transitions, Metrics()
        pack = transitions.packing.pack
        for name, function in self.value_functions.items():
            values = function.critic(transitions) if live is None else pack(live[name][:-1])
            old, returns = (pack(x) for x in part.critics[name])
            loss = function.loss(values, old, returns).mean()
            metrics[f"{name}/loss"], metrics[f"{name}/grad_norm"] = loss, self.descend(name, loss)
            function.follow()
            metrics[f"{name}/explained_variance"] = explained_variance(values.detach(), returns)
        return metrics
