"""The speed of any environment, played with random available actions."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiirmix.envs.protocol import BatchEnv

BATTLES = 128
"""Battles at a time."""
ATTEMPTS = 3
"""The best attempt counts: other work on the machine can only slow it down."""


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
    from aiirmix.launch.compose import compose_run, configurations
    from aiirmix.launch.composition import check_run
    from aiirmix.runs.config import plain_config
    from aiirmix.training.build import build

    with configurations():
        config = compose_run(settings)
    del config.hydra
    check_run(plain_config(config))
    with closing(build(config.env)) as env:
        battles = min(BATTLES, env.spec.most_battles or BATTLES)
        best = max(_attempt(env, battles, seconds / ATTEMPTS) for _ in range(ATTEMPTS))
        return EnvironmentSpeed(env.spec.name, battles, best)


def _attempt(env: "BatchEnv", battles: int, seconds: float) -> float:
    """Play batches of whole episodes for at least `seconds`; return environment steps per second."""
    import numpy as np

    from aiirmix.envs.protocol import Frame, Outcome

    rng, frame = np.random.default_rng(0), Frame.zeros(env.spec, battles)
    spent, steps, episodes = 0.0, 0, 0
    while spent < seconds:
        spent -= time.process_time()
        env.reset(np.arange(episodes, episodes + battles), frame)
        spent += time.process_time()
        episodes, over, outcome = episodes + battles, np.zeros(battles, np.bool_), Outcome.zeros(battles)
        while not over.all():
            actions = (rng.random(frame.avail.shape) * frame.avail).argmax(-1)
            steps += int(np.count_nonzero(~over))
            spent -= time.process_time()
            env.step(actions, (frame, outcome))
            spent += time.process_time()
            over |= outcome.terminated | outcome.truncated | outcome.aborted
    return steps / spent
