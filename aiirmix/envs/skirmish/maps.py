"""The maps, as plain data (contract, sections 1, 2.3, 4.3 and 4.4). Light to import, so that a command line can ask."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, get_args

MapName = Literal["2s3z", "3s5z", "8m", "MMM"]
Race = Literal["P", "T", "Z"]
Squad = tuple[tuple[str, int], ...]
"""Kinds of unit and their numbers, in the order in which the map creates them."""
Rectangle = tuple[int, int, int, int]
"""Cells from x first to x last and from y first to y last, both included."""

MAP_SIZE = 32
"""Cells along each side, on every map."""
STRIP: tuple[Rectangle, ...] = ((0, 31, 8, 23),)
"""The terrain of the flat maps: a strip 16 cells high."""


@dataclass(frozen=True, kw_only=True)
class MapSpec:
    """Who meets whom, where, and for how long."""

    allies: Squad
    enemies: Squad
    episode_limit: int
    ally_race: Race
    enemy_race: Race
    ally_bits: tuple[str, ...] = ()
    """Kinds of ally in the order of their one-hot bits, by which agents are sorted; empty if the map has no bits."""
    enemy_bits: tuple[str, ...] = ()
    """The same for enemies; SMAC reverses stalker and zealot."""
    medivac_rules: bool = False
    """A team of medivacs alone has lost (section 3.3)."""
    walkable: tuple[Rectangle, ...] = STRIP
    """Where ground units can be."""
    ally_spawn: tuple[float, float] = (9.0, 16.0)
    enemy_spawn: tuple[float, float] = (23.0, 16.0)
    enemy_goal: tuple[float, float] = (9.0, 16.0)
    """Where the enemies' one attack-move order sends them."""


TWO_STALKERS = (("stalker", 2), ("zealot", 3))
THREE_STALKERS = (("stalker", 3), ("zealot", 5))
EIGHT_MARINES = (("marine", 8),)
BIO = (("marine", 7), ("marauder", 2), ("medivac", 1))
BIO_BITS = ("marauder", "marine", "medivac")

MAPS: dict[MapName, MapSpec] = {
    "2s3z": MapSpec(
        allies=TWO_STALKERS,
        enemies=TWO_STALKERS,
        episode_limit=120,
        ally_race="P",
        enemy_race="P",
        ally_bits=("stalker", "zealot"),
        enemy_bits=("zealot", "stalker"),
    ),
    "3s5z": MapSpec(
        allies=THREE_STALKERS,
        enemies=THREE_STALKERS,
        episode_limit=150,
        ally_race="P",
        enemy_race="P",
        ally_bits=("stalker", "zealot"),
        enemy_bits=("zealot", "stalker"),
    ),
    "8m": MapSpec(allies=EIGHT_MARINES, enemies=EIGHT_MARINES, episode_limit=120, ally_race="T", enemy_race="T"),
    "MMM": MapSpec(
        allies=BIO,
        enemies=BIO,
        episode_limit=150,
        ally_race="T",
        enemy_race="T",
        ally_bits=BIO_BITS,
        enemy_bits=BIO_BITS,
        medivac_rules=True,
    ),
}


def find_map(name: str) -> MapSpec:
    """The map of that name.

    Raises:
        ValueError: there is none; the message offers the nearest name.
    """
    for known in get_args(MapName):
        if name == known:
            return MAPS[known]
    near = get_close_matches(name, MAPS, n=1, cutoff=0.3)
    hint = f"did you mean {near[0]}? " if near else ""
    raise ValueError(f"unknown map {name}; {hint}(maps: {', '.join(MAPS)})")
