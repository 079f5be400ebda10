"""Fresh greedy test episodes of a trained model."""

from collections.abc import Callable, Iterator
from contextlib import closing

from aiirmix.data.collector import Collector, episode_seeds
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.evaluation.trained_run import Trained

EPISODES_PER_BATCH = 32
"""Enough to be fast, few enough to show progress."""


def play_episodes(trained: Trained, episodes: int, seed: int, advance: Callable[[int], None]) -> EpisodeBatch:
    """Play greedy episodes that the run has not seen, and close the environment.

    The same seed gives the same episodes. `advance` is called with the size of each batch played.
    """
    return EpisodeBatch.join(list(play_batches(trained, episodes, seed, advance)))


def play_batches(trained: Trained, episodes: int, seed: int, advance: Callable[[int], None]) -> Iterator[EpisodeBatch]:
    """Play the same episodes, and yield them in batches of `EPISODES_PER_BATCH`."""
    with closing(trained.env) as env:
        collector = Collector(env)
        for first in range(0, episodes, EPISODES_PER_BATCH):
            count = min(EPISODES_PER_BATCH, episodes - first)
            seeds = episode_seeds(seed, "fresh", first, count)
            yield collector.collect(trained.learner.policy, seeds)
            advance(count)
