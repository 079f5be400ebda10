"""The base of every learner: named networks with reproducible starts, optimisers, counters and metrics."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from aiirmix.common.errors import ConfigError, unknown
from aiirmix.common.limits import Positive, PositiveInt, UnitInterval
from aiirmix.data.collector import Explore, Policy, sample
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.finite import require_finite, require_finite_episodes, require_finite_norm, state_of
from aiirmix.data.replay import ReplayBuffer
from aiirmix.envs.protocol import EnvSpec
from aiirmix.learners.schedules import Schedule
from aiirmix.nets.roles import Network

Metrics = dict[str, Tensor]
MakeOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]
Made = TypeVar("Made")


def seeded(seed: int, component: str, make: Callable[..., Made], **arguments: object) -> Made:
    """Make a component with random numbers that depend only on the run's seed and the component's name.

    So the actors of two models that differ in their reward networks start with the same weights.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(zlib.crc32(f"{seed}/{component}".encode()))
        return make(**arguments)


@dataclass
class Interval:
    """The metrics since the last evaluation."""

    updates: list[Metrics] = field(default_factory=list)
    """Of every gradient update."""
    played: list[Metrics] = field(default_factory=list)
    """Of every batch of training episodes."""
    test: EpisodeBatch | None = None

    def summary(self) -> dict[str, float]:
        """Average every metric over the updates or batches that report it, and add those of the test episodes."""
        test = episode_metrics("test", self.test) if self.test else {}
        return {name: value.item() for name, value in test.items()} | _means([*self.updates, *self.played])


def _means(reports: list[Metrics]) -> dict[str, float]:
    names = dict.fromkeys(name for report in reports for name in report)
    return {name: torch.stack([r[name] for r in reports if name in r]).mean().item() for name in names}


def episode_metrics(prefix: str, batch: EpisodeBatch) -> Metrics:
    """Return win rate, mean return and mean length of the episodes."""
    return {
        f"{prefix}/win_rate": batch.won.float().mean(),
        f"{prefix}/return": batch.returns.mean(),
        f"{prefix}/episode_steps": batch.lengths.float().mean(),
    }


class ShapedRewards(NamedTuple):
    """The rewards that a learner's reward networks give the agents, for M transitions and N agents."""

    r_in: Tensor
    """[M, N]"""
    r_total: Tensor
    """[M, N]"""
    attention: Tensor | None
    """[M, N, N]; how much agent i attends to agent j. None: the intrinsic source shows no attention."""


class Learner(LightningModule):
    """A model and how it learns. A subclass implements one gradient update in `learn`; optimisation is manual.

    A subclass that makes more or fewer updates than one per batch overrides `gradient_updates`.

    Args:
        spec: the environment's sizes and names.
        seed: seed of the networks' random starts.
        episodes_per_batch: training episodes that are played together before the next update.
        gamma: discount γ.
        epsilon: fraction of random actions in training episodes, by environment steps.
        max_grad_norm: every gradient is clipped to this Euclidean norm.
        optimizers: makers of optimisers by name; each subclass names those that it needs.
        lr_schedules: by an optimiser's name, the fraction of its learning rate that is used, by environment steps.
            An optimiser that is not named keeps its rate.
    """

    env_steps: Tensor
    episodes: Tensor
    updates: Tensor
    replay: ReplayBuffer | None = None
    """The replay buffer, if the learner has one."""

    def __init__(
        self,
        *,
        spec: EnvSpec,
        seed: int,
        episodes_per_batch: PositiveInt,
        gamma: UnitInterval,
        epsilon: Schedule,
        max_grad_norm: Positive,
        optimizers: Mapping[str, MakeOptimizer],
        lr_schedules: Mapping[str, Schedule],
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.spec, self.seed = spec, seed
        self.episodes_per_batch, self.epsilon = episodes_per_batch, epsilon
        self.gamma, self.max_grad_norm = gamma, max_grad_norm
        self.make_optimizer, self.lr_schedules = optimizers, lr_schedules
        self.optimizers_by_name: dict[str, Optimizer] = {}
        self.steps_by_name: dict[str, Callable[[], object]] = {}
        self.interval = Interval()
        for counter in ("env_steps", "episodes", "updates"):
            self.register_buffer(counter, torch.zeros((), dtype=torch.int64))

    @property
    def policy(self) -> Policy:
        """The policy that plays, in training and in tests."""
        raise NotImplementedError

    @property
    def explore(self) -> Explore:
        """How training actions follow from the policy's outputs; tests are greedy."""
        return sample

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """Make one gradient update.

        Returns:
            Scalars to log; costly ones only if the update is the first of an evaluation interval (`diagnose`).
        """
        raise NotImplementedError

    def gradient_updates(self, batch: EpisodeBatch) -> Iterator[Metrics]:
        """Make all gradient updates that are due after a batch was played, one by one, and yield their metrics."""
        yield self.learn(batch)

    def evaluation_metrics(self, batch: EpisodeBatch) -> Metrics:
        """Return what the model itself reports about greedy episodes, besides `episode_metrics`."""
        return {}

    def shaped_rewards(self, batch: EpisodeBatch) -> ShapedRewards | None:
        """Return the output of the reward networks for every transition; None if the learner has no such networks."""
        return None

    @property
    def diagnose(self) -> bool:
        """Whether this update is the first of an evaluation interval."""
        return not self.interval.updates

    def training_step(self, interval: Iterator[EpisodeBatch], batch_index: int) -> None:
        """Play and learn through one evaluation interval, which is Lightning's only batch of an epoch.

        Each batch is played after the updates before it. Lightning itself would fetch it earlier: it looks one ahead.

        Raises:
            DivergedError: an observation, reward, loss, gradient or parameter is NaN or infinite.
        """
        for batch in interval:
            self.update(batch.to(self.device))
        for name, optimizer in self.optimizers_by_name.items():
            require_finite_norm(f"the state of the optimiser of {name}", state_of(optimizer))

    def update(self, batch: EpisodeBatch) -> None:
        """Count the episodes, learn from them, and keep the metrics until the end of the interval.

        Raises:
            DivergedError: an observation, reward, loss or gradient is NaN or infinite.
        """
        require_finite_episodes(batch)
        self.env_steps += batch.env_steps
        self.episodes += len(batch.lengths)
        self.interval.played.append(episode_metrics("train", batch))
        for metrics in self.gradient_updates(batch):
            self.updates += 1
            self.interval.updates.append({name: metric.detach() for name, metric in metrics.items()})

    def validation_step(self, batch: EpisodeBatch, batch_index: int) -> None:
        """Keep the test episodes.

        Raises:
            DivergedError: an observation or reward is NaN or infinite.
        """
        require_finite_episodes(batch)
        self.interval.test = batch

    def on_validation_epoch_end(self) -> None:
        """Show the metrics to callbacks that watch one (the recorder has the exact numbers for the loggers)."""
        self.log_dict(self.interval.summary(), logger=False)

    def on_train_start(self) -> None:
        """Step the optimisers through Lightning, which counts the steps and calls the hooks of callbacks."""
        wrapped = self.optimizers()
        wrapped = wrapped if isinstance(wrapped, list) else [wrapped]
        self.steps_by_name = {name: one.step for name, one in zip(self.optimizers_by_name, wrapped, strict=True)}

    def configure_optimizers(self) -> list[Optimizer]:
        """Return all registered optimisers.

        Raises:
            ConfigError: there is a learning rate schedule for an optimiser that does not exist.
        """
        for name in self.lr_schedules.keys() - self.optimizers_by_name.keys():
            raise ConfigError(unknown("optimiser in lr_schedules", name, list(self.optimizers_by_name)))
        return list(self.optimizers_by_name.values())

    def add_optimizer(self, name: str, make: MakeOptimizer, *networks: Network) -> None:
        """Register the optimiser of these networks' parameters under `name`; do nothing if they have none."""
        parameters = [p for network in networks for p in network.parameters() if p.requires_grad]
        if parameters:
            self.optimizers_by_name[name] = make(parameters)
            self.steps_by_name[name] = self.optimizers_by_name[name].step
            for group in self.optimizers_by_name[name].param_groups:
                group["initial_lr"] = group["lr"]

    def descend(self, name: str, loss: Tensor) -> Tensor:
        """Take one clipped step of a registered optimiser down `loss`; return the gradient's norm before clipping.

        Raises:
            DivergedError: the loss, the gradient or a parameter after the step is NaN or infinite.
        """
        require_finite(f"the loss of {name}", loss)
        parameters = self.parameters_of(name)
        for parameter, gradient in zip(
            parameters, torch.autograd.grad(loss, parameters, materialize_grads=True), strict=True
        ):
            parameter.grad = gradient
        norm = clip_grad_norm_(parameters, self.max_grad_norm)
        require_finite(f"the gradient's norm of {name}", norm)
        self._set_learning_rate(name)
        self.steps_by_name[name]()
        require_finite_norm(f"the norm of the parameters of {name}", parameters)
        return norm

    def clipping(self, norm: Tensor) -> Tensor:
        """Return the factor that clips a gradient of this norm, from 0 to 1."""
        return (self.max_grad_norm / (norm + 1e-6)).clamp_max(1.0)

    def parameters_of(self, name: str) -> list[nn.Parameter]:
        """Return the parameters that a registered optimiser trains."""
        return [p for group in self.optimizers_by_name[name].param_groups for p in group["params"]]

    def _set_learning_rate(self, name: str) -> None:
        """Apply the schedule. It depends on the environment steps alone, so a resumed run needs no other state."""
        if name in self.lr_schedules:
            for group in self.optimizers_by_name[name].param_groups:
                group["lr"] = group["initial_lr"] * self.lr_schedules[name](int(self.env_steps))
