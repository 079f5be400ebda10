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

from aiirmix.data.collector import Policy
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.protocol import EnvSpec

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

    updates: list[dict[str, Tensor]] = field(default_factory=list)
    test: EpisodeBatch | None = None

    def summary(self) -> dict[str, float]:
        """Every metric, averaged over the updates that report it, and how the test episodes went."""
        names = dict.fromkeys(name for update in self.updates for name in update)
        means = {name: torch.stack([u[name] for u in self.updates if name in u]).mean().item() for name in names}
        test = battle_metrics("test", self.test) if self.test else {}
        return {name: value.item() for name, value in test.items()} | means


def battle_metrics(prefix: str, batch: EpisodeBatch) -> dict[str, Tensor]:
    """Win rate, mean return and mean length of the episodes."""
    return {
        f"{prefix}/win_rate": batch.won.float().mean(),
        f"{prefix}/return": batch.returns.mean(),
        f"{prefix}/episode_steps": batch.lengths.float().mean(),
    }


class Learner(LightningModule):
    """Optimisation is manual: a subclass says in `learn` what one batch teaches.

    Args:
        spec: the environment's sizes and names.
        seed: of the networks' starts.
        episodes_per_update: how many episodes are played for one call of `learn`.
        epsilon: the share of random actions while training, by environment steps.
        max_grad_norm: every gradient is clipped to this Euclidean norm.
    """

    env_steps: Tensor
    episodes: Tensor
    updates: Tensor

    def __init__(
        self, spec: EnvSpec, seed: int, episodes_per_update: int, epsilon: Schedule, max_grad_norm: float
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.spec, self.seed = spec, seed
        self.episodes_per_update, self.epsilon, self.max_grad_norm = episodes_per_update, epsilon, max_grad_norm
        self.optimizers_by_name: dict[str, Optimizer] = {}
        self.interval = Interval()
        for counter in ("env_steps", "episodes", "updates"):
            self.register_buffer(counter, torch.zeros((), dtype=torch.int64))

    @property
    def policy(self) -> Policy:
        """What plays, in training and in tests."""
        raise NotImplementedError

    def learn(self, batch: EpisodeBatch) -> dict[str, Tensor]:
        """One update; returns scalars to log, and costly ones only if it is the first of an evaluation interval."""
        raise NotImplementedError

    @property
    def diagnose(self) -> bool:
        """Whether this update is the first of an evaluation interval."""
        return not self.interval.updates

    def training_step(self, interval: Iterator[EpisodeBatch], batch_index: int) -> None:
        """Plays and learns through one evaluation interval: Lightning's batch, as its epoch has no other.

        Each batch is played after the update before it. Lightning itself would ask for it earlier: it looks one ahead.
        """
        for batch in interval:
            self.update(batch.to(self.device))

    def update(self, batch: EpisodeBatch) -> None:
        """Counts what was played, learns from it, and remembers the metrics until the interval's end."""
        self.env_steps += batch.env_steps
        self.episodes += len(batch.lengths)
        self.updates += 1
        metrics = self.learn(batch) | battle_metrics("train", batch)
        self.interval.updates.append({name: metric.detach() for name, metric in metrics.items()})

    def validation_step(self, batch: EpisodeBatch, batch_index: int) -> None:
        """Remembers how the test episodes went."""
        self.interval.test = batch

    def configure_optimizers(self) -> list[Optimizer]:
        """All registered optimisers."""
        return list(self.optimizers_by_name.values())

    def add_optimizer(self, name: str, make: MakeOptimizer, *modules: nn.Module) -> None:
        """Registers the optimiser of these modules' parameters under `name`; does nothing if they have none."""
        parameters = [p for module in modules for p in module.parameters() if p.requires_grad]
        if parameters:
            self.optimizers_by_name[name] = make(parameters)

    def descend(self, name: str, loss: Tensor) -> Tensor:
        """One clipped step of a registered optimiser down `loss`; returns the gradient's norm before clipping."""
        parameters = self.parameters_of(name)
        for parameter, gradient in zip(
            parameters, torch.autograd.grad(loss, parameters, materialize_grads=True), strict=True
        ):
            parameter.grad = gradient
        norm = clip_grad_norm_(parameters, self.max_grad_norm)
        self.optimizers_by_name[name].step()
        return norm

    def parameters_of(self, name: str) -> list[nn.Parameter]:
        """What a registered optimiser trains."""
        return [p for group in self.optimizers_by_name[name].param_groups for p in group["params"]]
