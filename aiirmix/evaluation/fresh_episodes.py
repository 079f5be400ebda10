"""Fresh greedy test episodes of a trained model."""

from collections.abc import Callable
from contextlib import closing

from aiirmix.data.collector import Collector, episode_seeds
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.evaluation.trained_run import Trained

AT_A_TIME = 32
"""Episodes played together: enough to be fast, few enough to see progress."""


def play_episodes(trained: Trained, episodes: int, seed: int, advance: Callable[[int], None]) -> EpisodeBatch:
    """Plays so many episodes, none of which the run has seen; tells `advance` of every few.

    The same seed gives the same episodes. Closes the environment.
    """
    played = list[EpisodeBatch]()
    with closing(trained.env) as env:
        collector = Collector(env)
        for first in range(0, episodes, AT_A_TIME):
            count = min(AT_A_TIME, episodes - first)
            seeds = episode_seeds(seed, "fresh", first, count)
            played.append(collector.collect(trained.learner.policy, seeds))
            advance(count)
    return EpisodeBatch.join(played)
