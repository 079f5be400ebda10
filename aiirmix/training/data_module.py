"""The data of a run: battles, played when they are asked for. One Lightning epoch is one evaluation interval."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader, IterableDataset

from aiirmix.data.collector import Collector, episode_seeds
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.protocol import BatchEnv
from aiirmix.learners.base import Learner

Played = TypeVar("Played")


class Once(IterableDataset[Played]):
    """What `play` gives, once in every epoch."""

    def __init__(self, play: Callable[[], Played]) -> None:
        self.play = play

    def __iter__(self) -> Iterator[Played]:
        yield self.play()


class BattleData(LightningDataModule):
    """Training battles as the learner explores them, and greedy test battles.

    Args:
        make_env: makes an environment; training and testing have one each.
        seed: of the battles and of the explored actions.
        every: environment steps of an evaluation interval.
        test_episodes: episodes of an evaluation, fresh ones each time.
    """

    def __init__(self, make_env: Callable[[], BatchEnv], seed: int, every: int, test_episodes: int) -> None:
        super().__init__()
        self.env, self.test_env = make_env(), make_env()
        self.seed, self.every, self.test_episodes = seed, every, test_episodes
        self.generator = torch.Generator().manual_seed(seed)
        self.seconds = {"collect": 0.0, "test": 0.0}

    def attach(self, learner: Learner) -> None:
        """Whose policy plays."""
        self.learner = learner

    def evaluations(self, learner: Learner) -> int:
        """Whole evaluation intervals played."""
        return int(learner.env_steps) // self.every

    def train_dataloader(self) -> DataLoader[Iterator[EpisodeBatch]]:
        """One evaluation interval: batches, played as they are asked for, to the next multiple of `every` steps."""
        return DataLoader(Once(self._train), batch_size=None)

    def val_dataloader(self) -> DataLoader[EpisodeBatch]:
        """One batch of test episodes."""
        return DataLoader(Once(self._test), batch_size=None)

    def _train(self) -> Iterator[EpisodeBatch]:
        learner, collector = self.learner, Collector(self.env)
        interval_end = (self.evaluations(learner) + 1) * self.every
        while int(learner.env_steps) < interval_end:
            started = time.perf_counter()
            seeds = episode_seeds(self.seed, "train", int(learner.episodes), learner.episodes_per_batch)
            epsilon = learner.epsilon(int(learner.env_steps))
            batch = collector.collect(learner.policy, seeds, epsilon, self.generator, learner.explore)
            self.seconds["collect"] += time.perf_counter() - started
            yield batch

    def _test(self) -> EpisodeBatch:
        started = time.perf_counter()
        first = self.evaluations(self.learner) * self.test_episodes
        seeds = episode_seeds(self.seed, "test", first, self.test_episodes)
        batch = Collector(self.test_env).collect(self.learner.policy, seeds)
        self.seconds["test"] += time.perf_counter() - started
        return batch

    def absolute(self, episodes: int) -> EpisodeBatch:
        """Greedy episodes of the learner as it is, none of which was played before."""
        seeds = episode_seeds(self.seed, "absolute", 0, episodes)
        return Collector(self.test_env).collect(self.learner.policy, seeds)

    def close(self) -> None:
        """Closes the environments."""
        self.env.close()
        self.test_env.close()
