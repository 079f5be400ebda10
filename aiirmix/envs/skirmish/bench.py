"""How fast the simulator is: `python -m aiirmix.envs.skirmish.bench`."""

import time
from typing import get_args

import numpy as np

from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.maps import MapName
from aiirmix.envs.skirmish.policies import RandomPolicy


def steps_per_second(map: MapName, battles: int = 32, seconds: float = 1.0) -> float:
    """Environment steps per second of one core, with random available actions, resets and everything included.

    Time is counted in CPU seconds, so that a busy machine gives the same number.
    """
    env = Skirmish(map)
    seeds = np.arange(battles)
    policy = RandomPolicy(seeds)
    frame, outcome = env.reset(seeds), Outcome.zeros(battles)
    actions = np.zeros((battles, env.spec.n_agents), np.int64)
    steps = 0
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        seeds = seeds + battles
        steps += _play(env, policy, seeds, frame, outcome, actions)
    return steps / (time.process_time() - begin)


def _play(
    env: Skirmish, policy: RandomPolicy, seeds: np.ndarray, frame: Frame, outcome: Outcome, actions: np.ndarray
) -> int:
    """Plays a battle per seed to its end; returns how many environment steps they took."""
    env.reset(seeds, frame)
    running, steps = np.ones(len(seeds), np.bool_), 0
    while running.any():
        policy(frame.avail, actions)
        env.step(actions, (frame, outcome))
        steps += int(running.sum())
        running &= ~(outcome.terminated | outcome.truncated)
    return steps


def main() -> None:
    """Prints a line per map: the best of three."""
    for name in get_args(MapName):
        steps_per_second(name, seconds=0.0)
        print(f"{name:>5} {max(steps_per_second(name) for _ in range(3)):9,.0f} environment steps/s on one core")


if __name__ == "__main__":
    main()
