"""What every learner has: named networks with reproducible starts, optimisers, counters and metrics."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from aiirmix.common.errors import ConfigError, unknown
from aiirmix.data.collector import Explore, Policy, sample
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.replay import ReplayBuffer
from aiirmix.envs.protocol import EnvSpec

Metrics = dict[str, Tensor]
MakeOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]
Optimizers = Mapping[str, MakeOptimizer]
Made = TypeVar("Made", bound=nn.Module)


class Schedule(Protocol):
    """A number that depends on the environment steps played."""

    def __call__(self, env_steps: int) -> float:
        """Its value."""


def seeded(seed: int, component: str, make: Callable[..., Made], **arguments: object) -> Made:
    """What `make` makes, with random numbers that depend on the run's seed and the component's name alone.

    So the actors of two models that differ in their reward parts start with the same weights.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(zlib.crc32(f"{seed}/{component}".encode()))
        return make(**arguments)


@dataclass
class Interval:
    """What happened since the last evaluation."""

    updates: list[Metrics] = field(default_factory=list)
    """Of every gradient update."""
    played: list[Metrics] = field(default_factory=list)
    """How the battles of every batch went."""
    test: EpisodeBatch | None = None

    def summary(self) -> dict[str, float]:
        """Every metric, averaged over the updates or batches that report it, and how the test episodes went."""
        test = battle_metrics("test", self.test) if self.test else {}
        return {name: value.item() for name, value in test.items()} | _means([*self.updates, *self.played])


def _means(reports: list[Metrics]) -> dict[str, float]:
    names = dict.fromkeys(name for report in reports for name in report)
    return {name: torch.stack([r[name] for r in reports if name in r]).mean().item() for name in names}


def battle_metrics(prefix: str, batch: EpisodeBatch) -> Metrics:
    """Win rate, mean return and mean length of the episodes."""
    return {
        f"{prefix}/win_rate": batch.won.float().mean(),
        f"{prefix}/return": batch.returns.mean(),
        f"{prefix}/episode_steps": batch.lengths.float().mean(),
    }


class Learner(LightningModule):
    """Optimisation is manual: a subclass says in `learn` what one gradient update is.

    One that learns from a batch more or less than once says so in `gradient_updates`.

    Args:
        spec: the environment's sizes and names.
        seed: of the networks' starts.
        episodes_per_batch: how many episodes are played together, before anything is learnt from them.
        epsilon: the share of random actions while training, by environment steps.
        max_grad_norm: every gradient is clipped to this Euclidean norm.
        lr_shares: by an optimiser's name, the share of its learning rate that is used, by environment steps; an
            optimiser without a name here keeps its rate.
    """

    env_steps: Tensor
    episodes: Tensor
    updates: Tensor
    replay: ReplayBuffer | None = None
    """The episodes that are learnt from again, if any are."""

    def __init__(
        self,
        spec: EnvSpec,
        seed: int,
        episodes_per_batch: int,
        epsilon: Schedule,
        max_grad_norm: float,
        lr_shares: Mapping[str, Schedule],
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.spec, self.seed = spec, seed
        self.episodes_per_batch, self.epsilon, self.max_grad_norm = episodes_per_batch, epsilon, max_grad_norm
        self.lr_shares = lr_shares
        self.optimizers_by_name: dict[str, Optimizer] = {}
        self.steps_by_name: dict[str, Callable[[], object]] = {}
        self.interval = Interval()
        for counter in ("env_steps", "episodes", "updates"):
            self.register_buffer(counter, torch.zeros((), dtype=torch.int64))

    @property
    def policy(self) -> Policy:
        """What plays, in training and in tests."""
        raise NotImplementedError

    @property
    def explore(self) -> Explore:
        """How training actions follow from what the policy says; tests are greedy."""
        return sample

    def learn(self, batch: EpisodeBatch) -> Metrics:
        """One gradient update.

        Returns:
            Scalars to log; costly ones only if the update is the first of an evaluation interval (`diagnose`).
        """
        raise NotImplementedError

    def examine(self, batch: EpisodeBatch) -> Metrics:
        """What the model itself says of greedy episodes that it played, beyond how they went."""
        return {}

    def gradient_updates(self, batch: EpisodeBatch) -> Iterator[Metrics]:
        """All gradient updates that a batch just played leads to, made one by one: what each has to log."""
        yield self.learn(batch)

    @property
    def diagnose(self) -> bool:
        """Whether this update is the first of an evaluation interval."""
        return not self.interval.updates

    def training_step(self, interval: Iterator[EpisodeBatch], batch_index: int) -> None:
        """Plays and learns through one evaluation interval: Lightning's batch, as its epoch has no other.

        Each batch is played after the updates before it. Lightning itself would ask for it earlier: it looks one ahead.
        """
        for batch in interval:
            self.update(batch.to(self.device))

    def update(self, batch: EpisodeBatch) -> None:
        """Counts what was played, learns from it, and remembers the metrics until the interval's end."""
        self.env_steps += batch.env_steps
        self.episodes += len(batch.lengths)
        self.interval.played.append(battle_metrics("train", batch))
        for metrics in self.gradient_updates(batch):
            self.updates += 1
            self.interval.updates.append({name: metric.detach() for name, metric in metrics.items()})

    def validation_step(self, batch: EpisodeBatch, batch_index: int) -> None:
        """Remembers how the test episodes went."""
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
        """All registered optimisers.

        Raises:
            ConfigError: the learning rate of an optimiser that does not exist is to change.
        """
        for name in self.lr_shares.keys() - self.optimizers_by_name.keys():
            raise ConfigError(unknown("optimiser in lr_shares", name, list(self.optimizers_by_name)))
        return list(self.optimizers_by_name.values())

    def add_optimizer(self, name: str, make: MakeOptimizer, *modules: nn.Module) -> None:
        """Registers the optimiser of these modules' parameters under `name`; does nothing if they have none."""
        parameters = [p for module in modules for p in module.parameters() if p.requires_grad]
        if parameters:
            self.optimizers_by_name[name] = make(parameters)
            self.steps_by_name[name] = self.optimizers_by_name[name].step
            for group in self.optimizers_by_name[name].param_groups:
                group["initial_lr"] = group["lr"]

    def descend(self, name: str, loss: Tensor) -> Tensor:
        """One clipped step of a registered optimiser down `loss`; returns the gradient's norm before clipping."""
        parameters = self.parameters_of(name)
        for parameter, gradient in zip(
            parameters, torch.autograd.grad(loss, parameters, materialize_grads=True), strict=True
        ):
            parameter.grad = gradient
        norm = clip_grad_norm_(parameters, self.max_grad_norm)
        self._set_learning_rate(name)
        self.steps_by_name[name]()
        return norm

    def parameters_of(self, name: str) -> list[nn.Parameter]:
        """What a registered optimiser trains."""
        return [p for group in self.optimizers_by_name[name].param_groups for p in group["params"]]

    def _set_learning_rate(self, name: str) -> None:
        """Follows from the environment steps alone, so that a resumed run needs to know nothing else."""
        if name in self.lr_shares:
            for group in self.optimizers_by_name[name].param_groups:
                group["lr"] = group["initial_lr"] * self.lr_shares[name](int(self.env_steps))
