"""How fast the simulator is: `python -m aiirmix.envs.skirmish.bench`."""

import time
from typing import get_args

import numpy as np

from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.maps import MapName
from aiirmix.envs.skirmish.policies import RandomPolicy


def steps_per_second(map: MapName, battles: int = 32, seconds: float = 1.0) -> float:
    """Environment steps per second on one core, with random available actions, resets and everything else included."""
    env = Skirmish(map)
    seeds = np.arange(battles)
    policy = RandomPolicy(seeds)
    frame, outcome = Frame.zeros(env.spec, battles), Outcome.zeros(battles)
    actions = np.zeros((battles, env.spec.n_agents), np.int64)
    steps = 0
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        env.reset(seeds, frame)
        running = np.ones(battles, np.bool_)
        while running.any():
            policy(frame.avail, actions)
            env.step(actions, (frame, outcome))
            steps += int(running.sum())
            running &= ~(outcome.terminated | outcome.truncated)
        seeds = seeds + battles
    return steps / (time.perf_counter() - begin)


def main() -> None:
    """Prints a line per map; the best of three, as others use the machine too."""
    for name in get_args(MapName):
        steps_per_second(name, seconds=0.1)
        print(f"{name:>6} {max(steps_per_second(name) for _ in range(3)):10,.0f} environment steps/s on one core")


if __name__ == "__main__":
    main()
