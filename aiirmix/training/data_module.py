"""The data of a run: battles, played on demand. One Lightning epoch is one evaluation interval."""

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import torch
from pytorch_lightning import LightningDataModule, Trainer
from torch.utils.data import DataLoader, IterableDataset

from aiirmix.data.collector import Collector, episode_seeds
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.protocol import BatchEnv
from aiirmix.learners.base import Learner

Played = TypeVar("Played")


def evaluated_at(env_steps: int, every: int) -> int:
    """Return the environment steps that an evaluation after `env_steps` counts for: a multiple of `every`."""
    return env_steps // every * every


class Once(IterableDataset[Played]):
    """The result of `play`, once per epoch."""

    def __init__(self, play: Callable[[], Played]) -> None:
        self.play = play

    def __iter__(self) -> Iterator[Played]:
        yield self.play()


class BattleData(LightningDataModule):
    """Training battles that the learner explores, and greedy test battles.

    Args:
        make_env: makes an environment; training and testing have one each.
        seed: of the battles and of the explored actions.
        budget: environment steps of the whole run.
        every: environment steps of an evaluation interval.
        test_episodes: episodes of an evaluation, fresh ones each time.
        final_episodes: fresh episodes that the final model, and that of the best evaluation, are tested on.
    """

    def __init__(
        self,
        make_env: Callable[[], BatchEnv],
        seed: int,
        budget: int,
        every: int,
        test_episodes: int,
        final_episodes: int = 0,
    ) -> None:
        super().__init__()
        self.env, self.test_env = make_env(), make_env()
        self.seed, self.budget, self.every = seed, budget, every
        self.test_episodes, self.final_episodes = test_episodes, final_episodes
        self.generator = torch.Generator().manual_seed(seed)
        self.seconds = {"collecting": 0.0, "testing": 0.0}
        """Seconds spent in this process."""

    def attach(self, learner: Learner) -> None:
        """Set the learner whose policy plays."""
        self.learner = learner

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the explored actions. Battles need none: their seeds follow from the counters."""
        return {"actions": self.generator.get_state()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.generator.set_state(state_dict["actions"])

    @property
    def evaluations(self) -> int:
        """Whole evaluation intervals played."""
        return int(self.learner.env_steps) // self.every

    @property
    def evaluated_at(self) -> int:
        """The multiple of `every` that the latest evaluation counts for."""
        return evaluated_at(int(self.learner.env_steps), self.every)

    @property
    def is_over(self) -> bool:
        """Whether the budget is used up."""
        return self.evaluated_at >= self.budget

    def train_dataloader(self) -> DataLoader[Iterator[EpisodeBatch]]:
        """Return one evaluation interval: batches, played on demand, to the next multiple of `every` steps."""
        return DataLoader(Once(self._train), batch_size=None)

    def val_dataloader(self) -> DataLoader[EpisodeBatch]:
        """Return one batch of test episodes."""
        return DataLoader(Once(self._test), batch_size=None)

    def _train(self) -> Iterator[EpisodeBatch]:
        learner, collector = self.learner, Collector(self.env)
        interval_end = (self.evaluations + 1) * self.every
        while int(learner.env_steps) < interval_end:
            started = time.perf_counter()
            seeds = episode_seeds(self.seed, "train", int(learner.episodes), learner.episodes_per_batch)
            epsilon = learner.epsilon(int(learner.env_steps))
            batch = collector.collect(learner.policy, seeds, epsilon, self.generator, learner.explore)
            self.seconds["collecting"] += time.perf_counter() - started
            yield batch

    def _test(self) -> EpisodeBatch:
        started = time.perf_counter()
        seeds = episode_seeds(self.seed, "test", self.evaluations * self.test_episodes, self.test_episodes)
        batch = Collector(self.test_env).collect(self.learner.policy, seeds)
        self.seconds["testing"] += time.perf_counter() - started
        return batch

    def final_test(self) -> EpisodeBatch:
        """Play greedy episodes, none of which was played in training or in an evaluation; the same in every call."""
        seeds = episode_seeds(self.seed, "absolute", 0, self.final_episodes)
        return Collector(self.test_env).collect(self.learner.policy, seeds)

    def close(self) -> None:
        """Close the environments."""
        self.env.close()
        self.test_env.close()


def battles_of(trainer: Trainer) -> BattleData:
    """Return the data module of a trainer, for callbacks."""
    battles = trainer.datamodule  # type: ignore[attr-defined]
    assert isinstance(battles, BattleData)
    return battles
