"""The maps, as plain data (contract, sections 1, 2.3, 4.3 and 4.4). Light to import, so that a command line can ask."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, NamedTuple, get_args

MapName = Literal[
    "2s3z", "3s5z", "8m", "MMM", "3m", "25m", "5m_vs_6m", "8m_vs_9m", "10m_vs_11m", "27m_vs_30m", "MMM2",
    "3s5z_vs_3s6z", "3s_vs_3z", "3s_vs_4z", "3s_vs_5z", "1c3s5z", "2m_vs_1z", "corridor", "6h_vs_8z", "2s_vs_1sc",
    "so_many_baneling", "bane_vs_bane", "2c_vs_64zg",
]  # fmt: skip
Race = Literal["P", "T", "Z"]
Point = tuple[float, float]
Rectangle = tuple[int, int, int, int]
"""Cells from x first to x last and from y first to y last, both included."""


class Squad(NamedTuple):
    """Units of one kind that appear around one point."""

    kind: str
    size: int
    spawn: Point


MAP_SIZE = 32
"""Cells along each side, on every map."""
PLAYABLE_LOW, PLAYABLE_HIGH = 2.0, 30.0
"""Bounds of the area that no unit leaves, on both axes and on every map."""
GROUND, PLATEAU = 191, 207
"""Heights of the two levels, in the game's bytes: a choice, as the maps' levels are known and their heights are not."""
WEST, EAST = (9.0, 16.0), (23.0, 16.0)
"""Where the sides appear on most maps."""
SOUTH_WEST = (4.47, 4.33)
"""Where enemies are sent to on two maps with a long way."""
STRIP: tuple[Rectangle, ...] = ((0, 31, 8, 23),)
"""The terrain of the flat maps: a strip 16 cells high."""
EVERYWHERE: tuple[Rectangle, ...] = ((0, 31, 0, 31),)
OCTAGON: tuple[Rectangle, ...] = ((10, 21, 6, 25), (8, 23, 8, 23), (6, 25, 10, 21))


@dataclass(frozen=True, kw_only=True)
class MapSpec:
    """Who meets whom, where, and for how long."""

    allies: tuple[Squad, ...]
    """In the order in which the map creates them."""
    enemies: tuple[Squad, ...]
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
    passages: tuple[Rectangle, ...] = ()
    """Where they can be besides, although SMAC reads it as blocked: corners that they squeeze through."""
    cliffs: tuple[Rectangle, ...] = ()
    """Where, besides, a colossus can be."""
    plateau: tuple[Rectangle, ...] = ()
    """What lies a level above the ground."""
    ramps: tuple[Rectangle, ...] = ()
    """What lies half-way up."""
    enemy_goal: tuple[Point, Point] | None = (WEST, WEST)
    """The enemies' one attack-move order sends them to a random point between these two; None: they have no order."""
    agents_are_goal: bool = False
    """The enemies are ordered to attack the agents themselves, wherever those go."""


def at(spawn: Point, **squads: int) -> tuple[Squad, ...]:
    """Squads of so many units of these kinds, all of them around one point."""
    return tuple(Squad(kind, size, spawn) for kind, size in squads.items())


def marines(allies: int, enemies: int, limit: int) -> MapSpec:
    """Marines against marines."""
    return MapSpec(
        allies=at(WEST, marine=allies),
        enemies=at(EAST, marine=enemies),
        episode_limit=limit,
        ally_race="T",
        enemy_race="T",
    )


def bio(allies: tuple[Squad, ...], enemies: tuple[Squad, ...], limit: int) -> MapSpec:
    """Marines, marauders and a medivac against the like."""
    return MapSpec(
        allies=allies,
        enemies=enemies,
        episode_limit=limit,
        ally_race="T",
        enemy_race="T",
        ally_bits=("marauder", "marine", "medivac"),
        enemy_bits=("marauder", "marine", "medivac"),
        medivac_rules=True,
    )


def stalkers_and_zealots(stalkers: int, zealots: int, enemy_zealots: int, limit: int) -> MapSpec:
    """Stalkers and zealots against as many stalkers and some zealots."""
    return MapSpec(
        allies=at(WEST, stalker=stalkers, zealot=zealots),
        enemies=at(EAST, stalker=stalkers, zealot=enemy_zealots),
        episode_limit=limit,
        ally_race="P",
        enemy_race="P",
        ally_bits=("stalker", "zealot"),
        enemy_bits=("zealot", "stalker"),
    )


def stalkers_against_zealots(zealots: int, limit: int) -> MapSpec:
    """Three stalkers, with room to run, against zealots."""
    return MapSpec(
        allies=at(WEST, stalker=3),
        enemies=at(EAST, zealot=zealots),
        episode_limit=limit,
        ally_race="P",
        enemy_race="P",
        walkable=EVERYWHERE,
    )


MAPS: dict[MapName, MapSpec] = {
    "2s3z": stalkers_and_zealots(2, 3, 3, limit=120),
    "3s5z": stalkers_and_zealots(3, 5, 5, limit=150),
    "8m": marines(8, 8, limit=120),
    "MMM": bio(at(WEST, marine=7, marauder=2, medivac=1), at(EAST, marine=7, marauder=2, medivac=1), limit=150),
    "3m": marines(3, 3, limit=60),
    "25m": marines(25, 25, limit=150),
    "5m_vs_6m": marines(5, 6, limit=70),
    "8m_vs_9m": marines(8, 9, limit=120),
    "10m_vs_11m": marines(10, 11, limit=150),
    "27m_vs_30m": marines(27, 30, limit=180),
    "MMM2": bio(at(WEST, marine=7, marauder=2, medivac=1), at(EAST, marine=8, marauder=3, medivac=1), limit=180),
    "3s5z_vs_3s6z": stalkers_and_zealots(3, 5, 6, limit=170),
    "3s_vs_3z": stalkers_against_zealots(3, limit=150),
    "3s_vs_4z": stalkers_against_zealots(4, limit=200),
    "3s_vs_5z": stalkers_against_zealots(5, limit=250),
    "1c3s5z": MapSpec(
        allies=at(WEST, colossus=1, stalker=3, zealot=5),
        enemies=at(EAST, colossus=1, stalker=3, zealot=5),
        episode_limit=180,
        ally_race="P",
        enemy_race="P",
        ally_bits=("colossus", "stalker", "zealot"),
        enemy_bits=("colossus", "stalker", "zealot"),
    ),
    "2m_vs_1z": MapSpec(
        allies=at((13.0, 12.0), marine=1) + at((19.0, 12.0), marine=1),
        enemies=at((16.0, 19.0), zealot=1),
        episode_limit=150,
        ally_race="T",
        enemy_race="P",
        walkable=OCTAGON,
        enemy_goal=((13.0, 12.0), (19.0, 12.0)),
    ),
    # The passages widen the choke's ends, where rooms and choke only touch at a corner.
    "corridor": MapSpec(
        allies=at((19.04, 19.12), zealot=6),
        enemies=at((27.91, 28.24), zergling=24),
        episode_limit=400,
        ally_race="P",
        enemy_race="Z",
        walkable=(
            (14, 25, 14, 15), (14, 27, 16, 17), (12, 29, 18, 21), (14, 29, 22, 23), (16, 29, 24, 25), (18, 29, 26, 27),
            (20, 29, 28, 29), (12, 13, 12, 13), (2, 11, 2, 11),
        ),
        passages=((11, 11, 12, 12), (12, 12, 11, 11), (13, 13, 14, 14), (14, 14, 13, 13)),
        enemy_goal=(SOUTH_WEST, SOUTH_WEST),
    ),
    "6h_vs_8z": MapSpec(
        allies=at((14.60, 9.49), hydralisk=6),
        enemies=at((14.41, 16.76), zealot=8),
        episode_limit=150,
        ally_race="Z",
        enemy_race="P",
        walkable=((10, 19, 8, 9), (8, 21, 10, 17), (10, 19, 18, 19)),
        enemy_goal=((14.60, 9.49), (14.60, 9.49)),
    ),
    "2s_vs_1sc": MapSpec(
        allies=at((11.12, 10.34), stalker=1) + at((16.98, 10.37), stalker=1),
        enemies=at((13.92, 20.04), spine_crawler=1),
        episode_limit=300,
        ally_race="P",
        enemy_race="Z",
        walkable=((8, 19, 8, 19), (10, 17, 20, 21), (12, 15, 22, 23)),
        enemy_goal=None,
    ),
    "so_many_baneling": MapSpec(
        allies=at((11.47, 12.02), zealot=7),
        enemies=at((27.91, 28.24), baneling=32),
        episode_limit=100,
        ally_race="P",
        enemy_race="Z",
        walkable=(
            (2, 7, 2, 3), (2, 11, 4, 7), (4, 15, 8, 11), (8, 19, 12, 15), (10, 19, 16, 17), (14, 25, 18, 21),
            (16, 29, 22, 23), (20, 29, 24, 27), (22, 29, 28, 29),
        ),
        enemy_goal=(SOUTH_WEST, SOUTH_WEST),
    ),
    "bane_vs_bane": MapSpec(
        allies=at((16.0, 11.0), zergling=20) + at((16.0, 8.0), baneling=4),
        enemies=at((16.0, 21.0), zergling=20) + at((16.0, 24.0), baneling=4),
        episode_limit=200,
        ally_race="Z",
        enemy_race="Z",
        ally_bits=("baneling", "zergling"),
        enemy_bits=("baneling", "zergling"),
        walkable=OCTAGON,
        enemy_goal=((16.0, 8.0), (16.0, 8.0)),
    ),
    "2c_vs_64zg": MapSpec(
        allies=at((16.0, 16.0), colossus=2),
        enemies=at((16.0, 9.0), zergling=64),
        episode_limit=400,
        ally_race="P",
        enemy_race="Z",
        walkable=(
            (4, 27, 6, 7), (2, 29, 8, 9), (0, 31, 10, 11), (0, 3, 12, 13), (28, 31, 12, 13), (0, 31, 14, 15),
            (2, 29, 16, 17), (8, 23, 18, 19),
        ),
        cliffs=((4, 27, 12, 13),),
        plateau=((7, 24, 13, 20),),
        ramps=((4, 6, 13, 20), (25, 27, 13, 20)),
        agents_are_goal=True,
    ),
}  # fmt: skip


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
