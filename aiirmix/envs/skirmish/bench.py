"""How fast the simulator is, and how small: `python -m aiirmix.envs.skirmish.bench`."""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.maps import MapName
from aiirmix.envs.skirmish.policies import RandomPolicy

BATTLES = 32
CORES = os.cpu_count() or 1
ATTEMPTS = 3
"""The best counts: whatever else a machine does only takes away."""


@dataclass(frozen=True)
class Speed:
    """What was measured on one map, with random available actions, resets and everything included."""

    map: str
    units: int
    per_core: float
    """Environment steps per second of one core. Time is counted in CPU seconds, as if the machine did nothing else."""
    check: float
    """Share of that time that it takes to check actions."""
    memory: int
    """Bytes of a battle: its units, and one row of each buffer that it is shown in."""
    scaling: float
    """How many times faster all cores are than one, by the clock on the wall: less on a machine with other work."""


class Bench:
    """Battles of the random policy on one map, played in batches without end."""

    def __init__(self, map: MapName, battles: int = BATTLES, threads: int = 1, check_actions: bool = True) -> None:
        self.env = Skirmish(map, threads=threads, check_actions=check_actions)
        self.seeds = np.arange(battles)
        self.policy = RandomPolicy(self.seeds)
        self.buffers = Frame.zeros(self.env.spec, battles), Outcome.zeros(battles)
        self.actions = np.zeros((battles, self.env.spec.n_agents), np.int64)
        self.play()

    def play(self) -> int:
        """Plays the next battle of each row to its end; returns how many environment steps they took."""
        frame, outcome = self.buffers
        self.seeds = self.seeds + len(self.seeds)
        self.env.reset(self.seeds, frame)
        over, steps = np.zeros(len(self.seeds), np.bool_), 0
        while running := len(over) - np.count_nonzero(over):
            self.policy(frame.avail, self.actions)
            self.env.step(self.actions, self.buffers)
            steps += running
            over |= outcome.terminated | outcome.truncated
        return steps

    def speed(self, seconds: float, clock: Callable[[], float] = time.process_time) -> float:
        """Environment steps per second of the clock, measured for at least so long: the best of some attempts."""
        return max(self._attempt(seconds / ATTEMPTS, clock) for _ in range(ATTEMPTS))

    def _attempt(self, seconds: float, clock: Callable[[], float]) -> float:
        steps, begin = 0, clock()
        while not steps or clock() - begin < seconds:
            steps += self.play()
        return steps / (clock() - begin)

    @property
    def memory(self) -> int:
        """Bytes of a battle."""
        world, (frame, outcome) = self.env.world, self.buffers
        arrays: tuple[NDArray[np.generic], ...] = (world.battles, world.units, *frame, *outcome, self.actions)
        return sum(array.nbytes for array in arrays) // len(self.seeds)


def measure(map: MapName, seconds: float = 1.0) -> Speed:
    """Measures one map, for each number at least so long."""
    checked, unchecked = Bench(map), Bench(map, check_actions=False)
    with_check, without = checked.speed(seconds), unchecked.speed(seconds)
    return Speed(
        map=map,
        units=checked.env.world.units.shape[1],
        per_core=with_check,
        check=max(0.0, 1 - with_check / without),
        memory=checked.memory,
        scaling=measure_scaling(map, seconds),
    )


def measure_scaling(map: MapName, seconds: float = 1.0) -> float:
    """How many times faster a batch for all cores is played by all cores than by one, by the clock on the wall."""
    alone, together = (Bench(map, BATTLES * CORES, threads) for threads in (1, CORES))
    return together.speed(seconds, time.perf_counter) / alone.speed(seconds, time.perf_counter)


def report(speeds: Sequence[Speed]) -> str:
    """A table with a line per map."""
    head = f"{'map':>16} {'units':>5} {'steps/s, one core':>17} {'check':>6} {'bytes/battle':>12} {CORES:>3} cores"
    lines = [
        f"{speed.map:>16} {speed.units:>5} {speed.per_core:>17,.0f} {speed.check:>6.1%} {speed.memory:>12,} "
        f"{speed.scaling:>8.2f}×"
        for speed in speeds
    ]
    return "\n".join([head, *lines])


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser("python -m aiirmix.envs.skirmish.bench", description="Measures the simulator.")
    parser.add_argument("maps", nargs="*", metavar="map", help="which maps (default: all)")
    parser.add_argument("--seconds", type=float, default=1.0, help="per number (default: %(default)s)")
    arguments = parser.parse_args()
    maps = [name for name in get_args(MapName) if name in arguments.maps or not arguments.maps]
    print(report([measure(name, arguments.seconds) for name in maps]))


if __name__ == "__main__":
    main()
