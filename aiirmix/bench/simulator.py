"""The speed and the memory of the simulator."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from aiirmix.bench.battles import BATTLES, Bench
from aiirmix.envs.contract.maps import MAP_NAMES, find_map, require_map
from aiirmix.envs.contract.scenarios import SCENARIO_NAMES
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.policies import RandomPolicy

CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Speed:
    """Measurements on one map, with random available actions, resets included."""

    map: str
    units: int
    per_core: float
    """Environment steps per CPU second of one core."""
    check: float
    """Fraction of that time spent on checking actions."""
    memory: int
    """Bytes of a battle: its units, and its row of each buffer."""
    threads: float
    """Speed-up in wall-clock time with one thread per core sharing the battles."""
    processes: float
    """Speed-up in wall-clock time with one process per core, each with battles of its own."""

    @property
    def cost(self) -> float:
        """Nanoseconds of a step per pair of units, by which maps of similar size compare."""
        return 1e9 / self.per_core / self.units**2


class SkirmishBench(Bench):
    """Endless batches of battles of the random policy on one map; one batch is played at once, to compile."""

    def __init__(self, map: str, battles: int = BATTLES, threads: int = 1, check_actions: bool = True) -> None:
        skirmish = Skirmish(map, threads=threads, check_actions=check_actions)
        self.world = skirmish.world
        super().__init__(skirmish, battles, RandomPolicy(np.arange(battles)))
        self.play()

    @property
    def memory(self) -> int:
        """Bytes of a battle."""
        arrays: tuple[NDArray[np.generic], ...] = (
            *(self.world.battles, self.world.units),
            *(*self.frame, *self.outcome, self.actions),
        )
        return sum(array.nbytes for array in arrays) // len(self.seeds)


def check_maps(names: Sequence[str]) -> list[str]:
    """Return the named maps in the order of the catalog, SMACv2's scenarios last, or all maps if none is named.

    Raises:
        ConfigError: there is no such map.
    """
    every = (*MAP_NAMES, *SCENARIO_NAMES)
    wanted = list(map(require_map, names)) or every
    return [name for name in every if name in wanted]


def measure_simulator(maps: Sequence[str] = MAP_NAMES, seconds: float = 0.5) -> list[Speed]:
    """Measure each map, every number for at least `seconds`."""
    return [measure(name, seconds) for name in maps]


def measure(map: str, seconds: float = 1.0, battles: int = BATTLES) -> Speed:
    """Measure one map, at least `seconds` per number, with `battles` at a time on each core."""
    checked, unchecked = SkirmishBench(map, battles), SkirmishBench(map, battles, check_actions=False)
    with_check, without = checked.speed(seconds), unchecked.speed(seconds)
    return Speed(
        map=map,
        units=checked.world.units.shape[1],
        per_core=with_check,
        check=max(0.0, 1 - with_check / without),
        memory=checked.memory,
        threads=measure_threads(map, seconds, battles),
        processes=measure_processes(map, seconds, battles),
    )


def measure_threads(map: str, seconds: float, battles: int) -> float:
    """Return the wall-clock speed-up of all cores over one on a batch for all cores."""
    alone, together = (SkirmishBench(map, battles * CORES, threads) for threads in (1, CORES))
    return together.speed(seconds, time.perf_counter) / alone.speed(seconds, time.perf_counter)


def measure_processes(map: str, seconds: float, battles: int) -> float:
    """Return the wall-clock speed-up of one process per core over one alone, each with a batch of its own."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(CORES, context) as pool:
        alone = pool.submit(_wall_speed, map, seconds, battles).result()
        together = [pool.submit(_wall_speed, map, seconds, battles) for _ in range(CORES)]
        return sum(speed.result() for speed in together) / alone


def _wall_speed(map: str, seconds: float, battles: int) -> float:
    return SkirmishBench(map, battles).attempt(seconds, time.perf_counter)


def growth(speeds: Sequence[Speed]) -> float:
    """Return the exponent x if the time of a step grows like units^x, by least squares of the logarithms."""
    units, times = zip(*((speed.units, 1 / speed.per_core) for speed in speeds), strict=True)
    return float(np.polyfit(np.log(units), np.log(times), 1)[0])


def has_marines_only(map: str) -> bool:
    """Return whether all units of the map are marines; such maps differ in the number of units only."""
    spec = find_map(map)
    return {squad.unit for squad in spec.allies + spec.enemies} == {"marine"}


def report(speeds: Sequence[Speed], battles: int = BATTLES) -> str:
    """Return a table with a line per map, and how cost grows with the number of units."""
    above = f"{'':>16} {'':>5} {'steps/s, one core':>17} {'ns per':>8} {'':>6} {'':>12} {CORES:>9} cores as"
    head = (
        f"{'map':>16} {'units':>5} {f'{battles} battles':>17} {'units²':>8} {'check':>6} {'bytes/battle':>12} "
        "threads processes"
    )
    lines = [
        f"{speed.map:>16} {speed.units:>5} {speed.per_core:>17,.0f} {speed.cost:>8.1f} {speed.check:>6.1%} "
        f"{speed.memory:>12,} {speed.threads:>6.2f}× {speed.processes:>8.2f}×"
        for speed in speeds
    ]
    marines = [speed for speed in speeds if has_marines_only(speed.map)]
    if len({speed.units for speed in marines}) > 1:
        lines.append(f"on {len(marines)} maps of marines, the time of a step grows like units^{growth(marines):.2f}")
    return "\n".join([above, head, *lines])
