"""A map as plain data (docs/smac_contract.md §1, §2.3, §4.3, §4.4)."""

from dataclasses import dataclass
from typing import NamedTuple

UNITS = (
    "baneling", "colossus", "hydralisk", "marauder", "marine", "medivac", "spine_crawler", "stalker", "zealot",
    "zergling",
)  # fmt: skip
"""The kinds of unit on SMAC's maps."""
UNARMED = ("medivac",)
"""Those that cannot attack."""
MOST_UNITS = 64
"""On one side: a colossus' beams remember whom they have hit in the 64 bits of a number."""
MAP_SIZE = 32
"""Cells along each side, on every map."""
PLAYABLE_LOW, PLAYABLE_HIGH = 2.0, 30.0
"""Bounds of the area that no unit leaves, on both axes and on every map."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Squad:
    """Units of one kind that appear around one point."""

    unit: str
    count: int
    spawn: Point


class Rectangle(NamedTuple):
    """Cells from the first to the last on each axis, both included."""

    x: tuple[int, int]
    y: tuple[int, int]


EVERYWHERE = (Rectangle((0, MAP_SIZE - 1), (0, MAP_SIZE - 1)),)
"""Open terrain."""
STRIP = (Rectangle((0, 31), (8, 23)),)
"""The terrain of the flat maps, 16 cells high."""


class Grids(NamedTuple):
    """What the game's interface shows of the ground, one byte per cell; cell (x, y) is number y · MAP_SIZE + x."""

    pathing: bytes
    """1 where ground units can be, otherwise 0."""
    heights: bytes
    """From 0 (16 below the level 0) to 255 (16 above it)."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """How teams and places are drawn, anew in each battle (docs/smacv2.md)."""

    kinds: tuple[str, ...]
    """The kinds of unit that are drawn, in the order of their one-hot bits."""
    weights: tuple[float, ...]
    """The probability of each kind; they add up to 1."""
    never_alone: tuple[str, ...]
    """Kinds that may not make up a whole team."""
    allies: int
    enemies: int
    surrounded: float
    """The probability that enemies surround the agents; otherwise they stand opposite to them."""


@dataclass(frozen=True, kw_only=True)
class MapSpec:
    """Who fights whom, where, and for how long."""

    episode_limit: int
    """Most environment steps of a battle."""
    allies: tuple[Squad, ...] = ()
    """In the order in which the map creates them; empty if teams are drawn."""
    enemies: tuple[Squad, ...] = ()
    draft: Draft | None = None
    """How teams are drawn; None: they are always the squads above."""
    ally_bits: tuple[str, ...] = ()
    """Kinds of ally in the order of their one-hot bits, by which agents are sorted; empty if the map has no bits."""
    enemy_bits: tuple[str, ...] = ()
    """The same for enemies; SMAC reverses stalker and zealot."""
    medivac_rules: bool = False
    """Whether a side loses when only medivacs are left (docs/smac_contract.md §3.3)."""

    walkable: tuple[Rectangle, ...] = STRIP
    """Where ground units can be."""
    passages: tuple[Rectangle, ...] = ()
    """Where ground units can also be although SMAC reads it as blocked: corners that they squeeze through."""
    cliffs: tuple[Rectangle, ...] = ()
    """Where a colossus can be and other ground units cannot."""
    plateau: tuple[Rectangle, ...] = ()
    """Ground that is one level up."""
    ramps: tuple[Rectangle, ...] = ()
    """Ground that is half a level up."""
    grids: Grids | None = None
    """What SMAC reads of the ground; None: what the rectangles say, without the passages."""

    enemy_goal: tuple[Point, Point] | None
    """The enemies' one attack-move order sends them to a random point between these two; None: they have no order."""
    agents_are_goal: bool = False
    """Whether the enemies attack the agents wherever they are."""
    enemies_hunt: bool = False
    """Whether enemies without an order are told to attack the nearest agent, every half second (docs/smacv2.md)."""
    smacv2: bool = False
    """Whether SMACv2's rules hold where they differ from SMAC's (docs/smacv2.md)."""

    @property
    def agent_types(self) -> tuple[str, ...]:
        """The kind of each agent, in agent order (docs/smac_contract.md §2.7); "agent" if kinds are drawn."""
        if self.draft:
            return ("agent",) * self.draft.allies
        kinds = [squad.unit for squad in self.allies for _ in range(squad.count)]
        return tuple(sorted(kinds, key=self.ally_bits.index) if self.ally_bits else kinds)

    def is_walkable(self, point: Point) -> bool:
        """Return whether a ground unit can be at the point."""
        x, y = map(int, point)
        return any(
            area.x[0] <= x <= area.x[1] and area.y[0] <= y <= area.y[1] for area in self.walkable + self.passages
        )
