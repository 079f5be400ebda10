"""The speed of any environment, played with random available actions."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aiirmix.bench.battles import BATTLES, Bench
from aiirmix.launch.compose import configurations
from aiirmix.launch.composition import Composition


@dataclass(frozen=True)
class EnvironmentSpeed:
    """Environment steps per second of processor time, resets included and the choice of actions excluded."""

    name: str
    battles: int
    env_steps_per_cpu_second: float


def measure_environment(settings: Sequence[str], seconds: float) -> EnvironmentSpeed:
    """Measure an environment for at least `seconds`, configured as on the command line, e.g. ``env=credit``.

    Raises:
        ConfigError: a setting is wrong, or something that the environment needs is missing.
    """
    with configurations():
        config = Composition(settings, multirun=False).experiment
    from aiirmix.training.build import build

    with closing(build(config.env)) as env:
        battles = min(BATTLES, env.spec.most_battles or BATTLES)
        choice = RandomChoice()
        speed = Bench(env, battles, choice).speed(seconds, lambda: time.process_time() - choice.seconds)
        return EnvironmentSpeed(env.spec.name, battles, speed)


class RandomChoice:
    """Random available actions of any environment, and the processor time of drawing them."""

    def __init__(self) -> None:
        self.rng, self.seconds = np.random.default_rng(0), 0.0

    def __call__(self, avail: NDArray[np.bool_], actions: NDArray[np.int64]) -> None:
        """Write an action for every agent into `actions` [B, N], given the masks [B, N, A]."""
        begin = time.process_time()
        actions[:] = (self.rng.random(avail.shape) * avail).argmax(-1)
        self.seconds += time.process_time() - begin
