"""How bodies get about: walking, sliding along other bodies, staying on the map."""

import math

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.compiled import njit
from aiirmix.envs.skirmish.state import NOBODY, Records, Rules, Unit

PLAYABLE_LOW, PLAYABLE_HIGH = 2.0, 30.0
"""Bounds of the playable area, on both axes (section 2.4)."""
ARRIVED = 1e-6
LOOK_AHEAD = 1.0
"""How far, in cells, a walker sees standing bodies in its way."""
HEADINGS = np.array([[math.cos(k * math.tau / 12), math.sin(k * math.tau / 12)] for k in range(12)])
"""Directions that a walker considers, turned from the straight way, counter-clockwise."""
NOWHERE = -1


@njit
def distance(one: Unit, other: Unit) -> float:
    """Between the centres, in cells."""
    return math.sqrt((one.x - other.x) ** 2 + (one.y - other.y) ** 2)


@njit
def gap(one: Unit, other: Unit) -> float:
    """From edge to edge, in cells: what weapon and scan ranges are measured by (section 5)."""
    return distance(one, other) - one.radius - other.radius


@njit
def walk(rules: Rules, walkable: NDArray[np.bool_], units: Records, i: int, goal_x: float, goal_y: float) -> None:
    """Moves unit i one loop's way towards the goal, around the bodies in between."""
    unit: Unit = units[i]
    way_x, way_y = goal_x - unit.x, goal_y - unit.y
    way = math.sqrt(way_x**2 + way_y**2)
    if way < ARRIVED:
        unit.pace = 0.0
        return
    way_x, way_y = way_x / way, way_y / way
    pace = min(unit.pace + unit.acceleration, unit.speed, way)
    heading = choose_heading(rules, units, i, way_x, way_y, pace, min(LOOK_AHEAD, way))
    if heading == NOWHERE:
        unit.pace = 0.0
        return
    along, aside = HEADINGS[heading, 0] * pace, HEADINGS[heading, 1] * pace
    unit.pace = pace
    place(walkable, unit, unit.x + along * way_x - aside * way_y, unit.y + along * way_y + aside * way_x)


@njit
def choose_heading(rules: Rules, units: Records, i: int, way_x: float, way_y: float, pace: float, look: float) -> int:
    """The free heading nearest to the straight way, always to the same side until that way is free; or NOWHERE.

    Keeping to one side is what leads a unit around a crowd and out of pockets.
    """
    unit: Unit = units[i]
    blocker = find_blocker(rules, units, i, way_x, way_y, pace, look)
    if blocker == NOBODY:
        unit.side = 0
        return 0
    if unit.side == 0:
        other: Unit = units[blocker]
        unit.side = 1 if way_x * (other.y - unit.y) <= way_y * (other.x - unit.x) else -1
    blocked = blocked_headings(rules, units, i, way_x, way_y, pace, look)
    for turns in range(1, len(HEADINGS)):
        heading = turns if unit.side > 0 else len(HEADINGS) - turns
        if not (blocked >> heading) & 1:
            return heading
    unit.side = -unit.side
    return NOWHERE


@njit
def find_blocker(rules: Rules, units: Records, i: int, way_x: float, way_y: float, pace: float, look: float) -> int:
    """Whose body is in unit i's straight way, or NOBODY."""
    unit: Unit = units[i]
    for j in range(len(units)):
        other: Unit = units[j]
        x, y = other.x - unit.x, other.y - unit.y
        reach = rules.body_share * (unit.separation + other.separation)
        if x * x + y * y < (look + reach) ** 2 and is_solid(unit, other) and i != j != unit.target:
            ahead = look if other.pace == 0.0 else pace
            if is_in_way(x * way_x + y * way_y, y * way_x - x * way_y, ahead, reach):
                return j
    return NOBODY


@njit
def blocked_headings(rules: Rules, units: Records, i: int, way_x: float, way_y: float, pace: float, look: float) -> int:
    """The headings in which a body is in unit i's way, as bits."""
    unit: Unit = units[i]
    blocked = 0
    for j in range(len(units)):
        other: Unit = units[j]
        x, y = other.x - unit.x, other.y - unit.y
        reach = rules.body_share * (unit.separation + other.separation)
        if x * x + y * y < (look + reach) ** 2 and is_solid(unit, other) and i != j != unit.target:
            along, beside = x * way_x + y * way_y, y * way_x - x * way_y
            ahead = look if other.pace == 0.0 else pace
            for k in range(len(HEADINGS)):
                c, s = HEADINGS[k, 0], HEADINGS[k, 1]
                blocked |= is_in_way(c * along + s * beside, c * beside - s * along, ahead, reach) << k
    return blocked


@njit
def is_solid(unit: Unit, other: Unit) -> bool:
    """The unit cannot walk through the other's body."""
    return other.health > 0.0 and other.air == unit.air


@njit
def is_in_way(along: float, beside: float, ahead: float, reach: float) -> bool:
    """A body at (along, beside) in the direction of walking would be run into within `ahead` cells."""
    beyond = max(0.0, along - ahead)
    return (along > 0.0) & (beside * beside + beyond * beyond < reach * reach)


@njit
def place(walkable: NDArray[np.bool_], unit: Unit, x: float, y: float) -> None:
    """Puts the unit at (x, y), or as near as terrain and playable area let it, axis by axis (section 4.4)."""
    x = min(max(x, PLAYABLE_LOW), PLAYABLE_HIGH)
    y = min(max(y, PLAYABLE_LOW), PLAYABLE_HIGH)
    if unit.air or walkable[int(x), int(unit.y)]:
        unit.x = x
    if unit.air or walkable[int(unit.x), int(y)]:
        unit.y = y
