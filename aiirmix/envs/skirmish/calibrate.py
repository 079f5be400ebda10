"""How the simulator compares with what is known of the real game: `python -m aiirmix.envs.skirmish.calibrate`.

Prints the tables of docs/skirmish.md.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
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
REAL = {
    ("random", "8m"): "return 1.77 (sd 0.45), no wins",
    ("scripted", "5m_vs_6m"): "no wins, 19 to 21 steps",
    ("scripted", "2s3z"): "90 % wins (from memory)",
    ("scripted", "3s5z"): "42 % wins (from memory)",
}
VARIATIONS = {"scan_margin": (0.0, 0.5, 2.0), "body_share": (0.6, 0.7, 0.9, 1.0), "formation_slack": (0.1, 0.2, 0.4)}


class Episodes(NamedTuple):
    """What came out of a number of battles, each field [B]."""

    returns: NDArray[np.float64]
    lengths: NDArray[np.int64]
    won: NDArray[np.bool_]


def play_random(spec: MapSpec, battles: int = EPISODES, tuning: Tuning = DEFAULT_TUNING) -> Episodes:
    """Battles of the random policy."""
    policy = RandomPolicy(np.arange(battles))
    actions = np.zeros((battles, sum(squad.size for squad in spec.allies)), np.int64)

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
    """Prints both tables."""
    print("| policy | map | return (sd) | steps (middle 80 %) | wins | in the real game |")
    print("|---|---|---|---|---|---|")
    for policy, play in (("random", play_random), ("scripted", play_scripted)):
        for map_name, spec in MAPS.items():
            print(f"| {policy} | {map_name} | {_summary(play(spec))} | {REAL.get((policy, map_name), '')} |")
    print(
        "\n| parameters | 8m, random: return | 5m_vs_6m: steps, wins | 2s3z: wins | 3s5z: wins |\n|---|---|---|---|---|"
    )
    print(f"| {', '.join(f'{name} {value}' for name, value in asdict(DEFAULT_TUNING).items())} {_evidence()}")
    for name, values in VARIATIONS.items():
        for value in values:
            print(f"| {name} {value} {_evidence(replace(DEFAULT_TUNING, **{name: value}))}")


def _summary(episodes: Episodes) -> str:
    """Cells of the first table."""
    returns, lengths, won = episodes
    low, high = np.percentile(lengths, (10, 90))
    return (
        f"{returns.mean():.2f} ({returns.std():.2f}) | {lengths.mean():.1f} ({low:.0f}-{high:.0f}) | "
        f"{100 * won.mean():.1f} %"
    )


def _evidence(tuning: Tuning = DEFAULT_TUNING) -> str:
    """Cells of the second table."""
    random = play_random(MAPS["8m"], tuning=tuning).returns.mean()
    marines, easy, hard = (
        play_scripted(spec, tuning=tuning) for spec in (MAPS["5m_vs_6m"], MAPS["2s3z"], MAPS["3s5z"])
    )
    cells = f"{marines.lengths.mean():.1f}, {100 * marines.won.mean():.1f} %"
    return f"| {random:.2f} | {cells} | {100 * easy.won.mean():.0f} % | {100 * hard.won.mean():.0f} % |"


if __name__ == "__main__":
    main()
