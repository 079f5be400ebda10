"""Fresh greedy test episodes of a trained model."""

from collections.abc import Callable
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
    played = list[EpisodeBatch]()
    with closing(trained.env) as env:
        collector = Collector(env)
        for first in range(0, episodes, EPISODES_PER_BATCH):
            count = min(EPISODES_PER_BATCH, episodes - first)
            seeds = episode_seeds(seed, "fresh", first, count)
            played.append(collector.collect(trained.learner.policy, seeds))
            advance(count)
    return EpisodeBatch.join(played)
