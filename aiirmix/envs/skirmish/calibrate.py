"""How the simulator compares with what is known of the real game: `python -m aiirmix.envs.skirmish.calibrate`."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.flags import Flags
from aiirmix.envs.skirmish.maps import MAPS, MapSpec
from aiirmix.envs.skirmish.policies import RandomPolicy, script_orders
from aiirmix.envs.skirmish.tuning import DEFAULT_TUNING, Tuning
from aiirmix.envs.skirmish.world import World

EPISODES = 1000
SEED = 1_000_000
FIVE_AGAINST_SIX = MapSpec(
    allies=(("marine", 5),), enemies=(("marine", 6),), episode_limit=70, ally_race="T", enemy_race="T"
)
"""SMAC's 5m_vs_6m, on which an outcome of the real game is known."""
REAL_RANDOM = {"8m": "return 1.77, no wins"}
REAL_SCRIPTED = {"5m_vs_6m": "no wins, 19-21 steps", "2s3z": "wins 90 % (unverified)", "3s5z": "wins 42 % (unverified)"}


class Episodes(NamedTuple):
    """What came out of a number of battles, each field [B]."""

    returns: NDArray[np.float64]
    lengths: NDArray[np.int64]
    won: NDArray[np.bool_]

    def __str__(self) -> str:
        return (
            f"return {self.returns.mean():5.2f} (sd {self.returns.std():.2f})  "
            f"steps {self.lengths.mean():5.1f} ({np.percentile(self.lengths, 10):.0f}-"
            f"{np.percentile(self.lengths, 90):.0f})  wins {100 * self.won.mean():5.1f} %"
        )


def play_random(spec: MapSpec, battles: int = EPISODES, tuning: Tuning = DEFAULT_TUNING) -> Episodes:
    """Battles of the random policy."""
    policy = RandomPolicy(SEED + np.arange(battles))
    actions = np.zeros((battles, sum(count for _, count in spec.allies)), np.int64)

    def decide(world: World, frame: Frame) -> None:
        policy(frame.avail, actions)
        world.order(actions)

    return _play(spec, battles, tuning, decide)


def play_scripted(spec: MapSpec, battles: int = EPISODES, tuning: Tuning = DEFAULT_TUNING) -> Episodes:
    """Battles of SMAC's scripted ally."""
    return _play(spec, battles, tuning, lambda world, _: script_orders(world.rules, world.battles, world.units))


def _play(spec: MapSpec, battles: int, tuning: Tuning, decide: Callable[[World, Frame], None]) -> Episodes:
    """Plays battles to their ends under the orders that `decide` gives."""
    world = World(spec, Flags(), tuning=tuning)
    frame, outcome = Frame.zeros(world.describe("calibration"), battles), Outcome.zeros(battles)
    world.start(np.arange(battles), frame)
    episodes = Episodes(np.zeros(battles), np.zeros(battles, np.int64), np.zeros(battles, np.bool_))
    while not (over := world.battles["over"].copy()).all():
        decide(world, frame)
        world.advance(frame, outcome)
        episodes.returns[~over] += outcome.reward[~over]
        episodes.lengths[~over] += 1
        episodes.won[~over] = outcome.won[~over]
    return episodes


def main() -> None:
    """Prints a line per policy and map, with the real game's figure where there is one."""
    maps = [("5m_vs_6m", FIVE_AGAINST_SIX), *MAPS.items()]
    for name, spec in maps:
        print(f"random   {name:>8}  {play_random(spec)}  {_real(REAL_RANDOM, name)}")
    for name, spec in maps:
        print(f"scripted {name:>8}  {play_scripted(spec)}  {_real(REAL_SCRIPTED, name)}")


def _real(known: dict[str, str], name: str) -> str:
    return f"real: {known[name]}" if name in known else ""


if __name__ == "__main__":
    main()
