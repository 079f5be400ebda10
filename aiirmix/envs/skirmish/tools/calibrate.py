"""Compares the simulator with what is known of the real game; prints the tables of docs/skirmish.md."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.map_spec import MapSpec
from aiirmix.envs.contract.maps import MAP_NAMES, MapName, find_map
from aiirmix.envs.contract.smacv2_flags import ScenarioFlags
from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.catalog.tuning import DEFAULT_TUNING, Tuning
from aiirmix.envs.skirmish.rules.policies import RandomPolicy, script_orders
from aiirmix.envs.skirmish.world import World

EPISODES = 500
MEASURED: dict[tuple[str, MapName], str] = {
    ("random", "8m"): "return 1.77 (sd 0.45), no wins",
    ("scripted", "5m_vs_6m"): "no wins, 19 to 21 steps",
    ("scripted", "27m_vs_30m"): "no wins",
    ("scripted", "3s5z_vs_3s6z"): "no wins",
}
"""Measured on the real game by third parties, or read in the SMAC paper (docs/smac_contract.md §6.4, §6.5)."""
RECALLED: dict[MapName, int] = {
    "2s3z": 90, "3s5z": 42, "1c3s5z": 81, "bane_vs_bane": 43, "10m_vs_11m": 12, "MMM2": 0, "3s_vs_5z": 0, "corridor": 0,
    "6h_vs_8z": 0, "2s_vs_1sc": 0, "2c_vs_64zg": 0,
}  # fmt: skip
"""Win rates of the scripted ally in per cent, recalled from the SMAC paper without opening it: unverified."""
GUIDES: tuple[MapName, ...] = ("2s3z", "3s5z", "1c3s5z", "10m_vs_11m", "bane_vs_bane")
"""Maps with recalled figures on which the table of variations shows the effect of the tuned parameters."""
VARIATIONS: dict[str, tuple[Any, ...]] = {
    "scan_margin": (0.5, 1.5),
    "body_fraction": (0.65, 0.7, 0.8, 0.85),
    "formation_slack": (0.0, 0.05, 0.15, 0.2),
    "formation_jitter": (0.0, 0.05, 0.2),
}
LEVEL = 1.96
"""Standard errors on each side of an interval of 95 %."""


class Episodes(NamedTuple):
    """The results of a number of battles, each field [B]."""

    returns: NDArray[np.float64]
    lengths: NDArray[np.int64]
    won: NDArray[np.bool_]


def play_random(spec: MapSpec, battles: int = EPISODES, tuning: Tuning = DEFAULT_TUNING) -> Episodes:
    """Play battles of the random policy."""
    policy = RandomPolicy(np.arange(battles))
    actions = np.zeros((battles, len(spec.agent_types)), np.int64)

    def decide(_: World, frame: Frame) -> NDArray[np.int64]:
        policy(frame.avail, actions)
        return actions

    return _play(spec, battles, tuning, decide)


def play_scripted(spec: MapSpec, battles: int = EPISODES, tuning: Tuning = DEFAULT_TUNING) -> Episodes:
    """Play battles of SMAC's scripted ally."""
    return _play(spec, battles, tuning, lambda world, _: script_orders(world.rules, world.battles, world.units))


def _play(
    spec: MapSpec, battles: int, tuning: Tuning, decide: Callable[[World, Frame], NDArray[np.int64] | None]
) -> Episodes:
    """Play battles to their ends with the actions [B, N] that `decide` returns; None: it gave the orders itself."""
    world = World(spec, ScenarioFlags(), tuning=tuning)
    frame, outcome = Frame.zeros(world.describe("calibration"), battles), Outcome.zeros(battles)
    world.start(np.arange(battles), frame)
    episodes = Episodes(np.zeros(battles), np.zeros(battles, np.int64), np.zeros(battles, np.bool_))
    while not (over := world.battles["over"].copy()).all():
        world.advance(frame, outcome, decide(world, frame))
        episodes.returns[~over] += outcome.reward[~over]
        episodes.lengths[~over] += 1
        episodes.won[~over] = outcome.won[~over]
    return episodes


def tables() -> Iterator[str]:
    """Yield the lines of both tables in Markdown, each as soon as its battles are over."""
    yield "| policy | map | return ± 95 % (sd) | steps (middle 80 %) | wins (95 %) | in the real game |"
    yield "|---|---|---|---|---|---|"
    for policy, play in (("random", play_random), ("scripted", play_scripted)):
        for name in MAP_NAMES:
            yield f"| {policy} | {name} | {_summary(play(find_map(name)))} | {_known(policy, name)} |"
    yield ""
    yield f"| parameters | 8m, random: return | 5m_vs_6m: steps, wins | {' | '.join(f'{m}: wins' for m in GUIDES)} |"
    yield "|---|---|---|" + "---|" * len(GUIDES)
    defaults = ", ".join(f"{parameter} {asdict(DEFAULT_TUNING)[parameter]}" for parameter in VARIATIONS)
    yield f"| {defaults} {_evidence(DEFAULT_TUNING)}"
    for parameter, values in VARIATIONS.items():
        for value in values:
            yield f"| {parameter} {value} {_evidence(replace(DEFAULT_TUNING, **{parameter: value}))}"


def _known(policy: str, map_name: MapName) -> str:
    """Return what is known or recalled of the real game."""
    if policy == "scripted" and map_name in RECALLED:
        return f"{RECALLED[map_name]} % wins (recalled)"
    return MEASURED.get((policy, map_name), "")


def _summary(episodes: Episodes) -> str:
    """Return cells of the first table."""
    returns, lengths, won = episodes
    low, high = np.percentile(lengths, (10, 90))
    margin = LEVEL * returns.std() / np.sqrt(len(returns))
    return (
        f"{returns.mean():.2f} ± {margin:.2f} ({returns.std():.2f}) | {lengths.mean():.1f} ({low:.0f}-{high:.0f}) | "
        f"{win_rate(won)}"
    )


def win_interval(won: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the interval of 95 % for the chance to win (Wilson's)."""
    battles, wins, spread = len(won), float(won.mean()), LEVEL**2 / len(won)
    middle = (wins + spread / 2) / (1 + spread)
    reach = LEVEL / (1 + spread) * np.sqrt(wins * (1 - wins) / battles + spread / battles / 4)
    return float(max(0.0, middle - reach)), float(min(1.0, middle + reach))


def win_rate(won: NDArray[np.bool_]) -> str:
    """Return the win rate and its interval in per cent."""
    low, high = win_interval(won)
    return f"{100 * won.mean():.0f} % ({100 * low:.0f}-{100 * high:.0f})"


def _evidence(tuning: Tuning) -> str:
    """Return cells of the second table."""
    random = play_random(find_map("8m"), tuning=tuning).returns.mean()
    marines = play_scripted(find_map("5m_vs_6m"), tuning=tuning)
    wins = [win_rate(play_scripted(find_map(name), tuning=tuning).won) for name in GUIDES]
    return f"| {random:.2f} | {marines.lengths.mean():.1f}, {win_rate(marines.won)} | {' | '.join(wins)} |"
