"""How the simulator compares with what is known of the real game: `python -m aiirmix.envs.skirmish.tools.calibrate`.

Prints the tables of docs/skirmish.md.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.flags import Flags
from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.catalog.maps import MAPS, MapName, MapSpec
from aiirmix.envs.skirmish.catalog.tuning import DEFAULT_TUNING, Tuning
from aiirmix.envs.skirmish.rules.policies import RandomPolicy, script_orders
from aiirmix.envs.skirmish.world import World

EPISODES = 500
REAL: dict[tuple[str, MapName], str] = {
    ("random", "8m"): "return 1.77 (sd 0.45), no wins",
    ("scripted", "5m_vs_6m"): "no wins, 19 to 21 steps",
    ("scripted", "27m_vs_30m"): "no wins",
    ("scripted", "3s5z_vs_3s6z"): "no wins",
}
"""Measured on the real game by third parties, or read in the SMAC paper."""
RECALLED: dict[MapName, int] = {
    "2s3z": 90, "3s5z": 42, "1c3s5z": 81, "bane_vs_bane": 43, "10m_vs_11m": 12, "MMM2": 0, "3s_vs_5z": 0, "corridor": 0,
    "6h_vs_8z": 0, "2s_vs_1sc": 0, "2c_vs_64zg": 0,
}  # fmt: skip
"""Wins of the scripted ally in per cent, recalled from the SMAC paper and unverified: guides, no more."""
GUIDES: tuple[MapName, ...] = ("2s3z", "3s5z", "1c3s5z", "10m_vs_11m", "bane_vs_bane")
"""On whose recalled figures the table of variations shows what the open parameters do."""
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
    """Prints both tables, line by line as battles are fought."""
    print("| policy | map | return (sd) | steps (middle 80 %) | wins | in the real game |")
    print("|---|---|---|---|---|---|")
    for policy, play in (("random", play_random), ("scripted", play_scripted)):
        for map_name, spec in MAPS.items():
            print(f"| {policy} | {map_name} | {_summary(play(spec))} | {_known(policy, map_name)} |", flush=True)
    print(f"\n| parameters | 8m, random: return | 5m_vs_6m: steps, wins | {' | '.join(f'{m}: wins' for m in GUIDES)} |")
    print("|---|---|---|" + "---|" * len(GUIDES))
    print(f"| {', '.join(f'{name} {value}' for name, value in asdict(DEFAULT_TUNING).items())} {_evidence()}")
    for name, values in VARIATIONS.items():
        for value in values:
            print(f"| {name} {value} {_evidence(replace(DEFAULT_TUNING, **{name: value}))}", flush=True)


def _known(policy: str, map_name: MapName) -> str:
    """What is known of the real game, or thought to be."""
    if policy == "scripted" and map_name in RECALLED:
        return f"{RECALLED[map_name]} % wins (recalled)"
    return REAL.get((policy, map_name), "")


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
    marines = play_scripted(MAPS["5m_vs_6m"], tuning=tuning)
    wins = [f"{100 * play_scripted(MAPS[name], tuning=tuning).won.mean():.0f} %" for name in GUIDES]
    return f"| {random:.2f} | {marines.lengths.mean():.1f}, {100 * marines.won.mean():.1f} % | {' | '.join(wins)} |"


if __name__ == "__main__":
    main()
