"""Movement: walking around other bodies, and staying on the map."""

import math

import numpy as np

from aiirmix.envs.contract.map_spec import MAP_SIZE, PLAYABLE_HIGH, PLAYABLE_LOW
from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.state import Records, Unit
from aiirmix.envs.skirmish.kernel.terrain import Terrain

LOOK_AHEAD = 1.0
"""How far ahead a walker avoids standing bodies, in cells."""
HEADINGS = 12
"""Number of directions that a walker considers, turned counter-clockwise from the straight way by equal angles."""
ALONG = np.cos(np.arange(HEADINGS) * math.tau / HEADINGS)
ASIDE = np.sin(np.arange(HEADINGS) * math.tau / HEADINGS)
NOWHERE = -1
NEGLIGIBLE = 1e-6


@njit
def distance(one: Unit, other: Unit) -> float:
    """Return the distance between the centres, in cells."""
    return math.sqrt((one.x - other.x) ** 2 + (one.y - other.y) ** 2)


@njit
def gap(one: Unit, other: Unit) -> float:
    """Return the distance from edge to edge, in cells, by which ranges are measured (docs/smac_contract.md §5)."""
    return distance(one, other) - one.radius - other.radius


@njit
def is_within(one: Unit, other: Unit, cells: float) -> bool:
    """Return whether the gap between the units is at most `cells` wide."""
    reach = cells + one.radius + other.radius
    return (one.x - other.x) ** 2 + (one.y - other.y) ** 2 <= reach * reach


@njit
def walk(terrain: Terrain, units: Records, i: int, goal_x: float, goal_y: float) -> None:
    """Move unit i towards the goal for one loop, around the walls and bodies in between."""
    unit: Unit = units[i]
    next_x, next_y = next_stop(terrain, unit, goal_x, goal_y)
    way_x, way_y = next_x - unit.x, next_y - unit.y
    way = math.sqrt(way_x**2 + way_y**2)
    if way < NEGLIGIBLE:
        unit.pace = 0.0
        return
    way_x, way_y = way_x * (1 / way), way_y * (1 / way)
    pace = min(unit.pace + unit.acceleration, unit.speed, way)
    unit.looked = not unit.looked
    if unit.looked:
        unit.heading = choose_heading(terrain, units, i, way_x, way_y, 2.0 * pace, min(LOOK_AHEAD, way))
    if unit.heading == NOWHERE:
        unit.pace = 0.0
        return
    unit.pace = pace
    along, aside = ALONG[unit.heading] * pace, ASIDE[unit.heading] * pace
    place(terrain, unit, unit.x + along * way_x - aside * way_y, unit.y + along * way_y + aside * way_x)


@njit
def next_stop(terrain: Terrain, unit: Unit, x: float, y: float) -> tuple[float, float]:
    """Return the point to head for on the way to (x, y): that point, or where the unit must turn around a wall."""
    if len(terrain.waypoints) == 0 or unit.air or unit.strides:
        return x, y
    goal = cell_of(x, y)
    stop = int(terrain.waypoints[cell_of(unit.x, unit.y), goal])
    if stop == goal:
        return x, y
    return stop // MAP_SIZE + 0.5, stop % MAP_SIZE + 0.5


@njit
def cell_of(x: float, y: float) -> int:
    """Return the number of the cell at (x, y), or of the nearest cell if that is off the map."""
    column, row = min(max(int(x), 0), MAP_SIZE - 1), min(max(int(y), 0), MAP_SIZE - 1)
    return column * MAP_SIZE + row


@njit
def choose_heading(
    terrain: Terrain, units: Records, i: int, way_x: float, way_y: float, near: float, far: float
) -> int:
    """Return the free heading nearest to the straight way, on the same side until that way is free; or NOWHERE.

    Keeping to one side leads a unit around a crowd and out of pockets. No side is preferred, so that a mirrored battle
    is the mirror image of the battle.
    """
    unit: Unit = units[i]
    is_walled = len(terrain.waypoints) > 0 and not unit.air
    walled = walled_headings(terrain, unit, way_x, way_y, near) if is_walled else 0
    if not walled & 1 and not is_blocked(units, i, way_x, way_y, near, far):
        unit.side = 0
        return 0
    blocked = walled | blocked_headings(units, i, way_x, way_y, near, far)
    left, right = turns_to_free(blocked, 1), turns_to_free(blocked, -1)
    if unit.side == 0:
        unit.side = 1 if left < right else -1 if right < left else shorter_side(units, i, way_x, way_y, near, far)
    turns = left if unit.side > 0 else right
    return NOWHERE if turns == HEADINGS else unit.side * turns % HEADINGS


@njit
def turns_to_free(blocked: int, side: int) -> int:
    """Return how many headings to turn to that side until one is free; all of them if none is."""
    turns = 1
    while turns < HEADINGS and (blocked >> (side * turns % HEADINGS)) & 1:
        turns += 1
    return turns


@njit
def shorter_side(units: Records, i: int, way_x: float, way_y: float, near: float, far: float) -> int:
    """Return on which side (1 left, -1 right) unit i passes the first body in its way: away from its centre."""
    unit: Unit = units[i]
    first, side = np.inf, 1
    for j in range(len(units)):
        other: Unit = units[j]
        x, y = other.x - unit.x, other.y - unit.y
        along, beside = x * way_x + y * way_y, y * way_x - x * way_y
        in_way = is_in_way(along, beside, far if other.pace == 0.0 else near, unit.body + other.body)
        if in_way and i != j != unit.target and is_solid(unit, other) and along < first:
            first, side = along, -1 if beside > 0.0 else 1
    return side


@njit
def is_blocked(units: Records, i: int, way_x: float, way_y: float, near: float, far: float) -> bool:
    """Return whether the straight way leads unit i into a body; see `blocked_headings`. Branch-free: it runs most."""
    unit: Unit = units[i]
    blocked = False
    for j in range(len(units)):
        other: Unit = units[j]
        x, y = other.x - unit.x, other.y - unit.y
        reach = unit.body + other.body
        along, beside = x * way_x + y * way_y, y * way_x - x * way_y
        in_way = is_in_way(along, beside, far if other.pace == 0.0 else near, reach)
        is_near = x * x + y * y < (far + reach) ** 2
        blocked |= in_way & is_near & (i != j) & (j != unit.target) & is_solid(unit, other)
    return blocked


@njit
def blocked_headings(units: Records, i: int, way_x: float, way_y: float, near: float, far: float) -> int:
    """Return, as bits, which headings lead unit i into a body.

    Walking bodies count up to `near` cells ahead, standing ones up to `far`.
    """
    unit: Unit = units[i]
    blocked = 0
    for j in range(len(units)):
        other: Unit = units[j]
        x, y = other.x - unit.x, other.y - unit.y
        reach = unit.body + other.body
        if x * x + y * y < (far + reach) ** 2 and i != j != unit.target and is_solid(unit, other):
            along, beside = x * way_x + y * way_y, y * way_x - x * way_y
            ahead = far if other.pace == 0.0 else near
            for k in range(HEADINGS):
                in_way = is_in_way(
                    ALONG[k] * along + ASIDE[k] * beside, ALONG[k] * beside - ASIDE[k] * along, ahead, reach
                )
                blocked |= in_way << k
    return blocked


@njit
def is_solid(unit: Unit, other: Unit) -> bool:
    """Return whether the unit cannot walk through the other's body."""
    return (other.health > 0.0) & (other.air == unit.air) & (other.strides == unit.strides)


@njit
def is_in_way(along: float, beside: float, ahead: float, reach: float) -> bool:
    """Return whether a walker runs into a body at (along, beside) its direction within `ahead` cells."""
    beyond = max(0.0, along - ahead)
    return (along > 0.0) & (beside * beside + beyond * beyond < reach * reach)


@njit
def walled_headings(terrain: Terrain, unit: Unit, way_x: float, way_y: float, near: float) -> int:
    """Return, as bits, which headings lead the unit into a wall `near` cells ahead."""
    walled = 0
    for k in range(HEADINGS):
        along, aside = ALONG[k] * near, ASIDE[k] * near
        x, y = unit.x + along * way_x - aside * way_y, unit.y + along * way_y + aside * way_x
        walled |= (not is_ground(terrain, unit, x, y)) << k
    return walled


@njit
def is_ground(terrain: Terrain, unit: Unit, x: float, y: float) -> bool:
    """Return whether the terrain lets the unit stand at (x, y)."""
    if unit.strides:
        return bool(terrain.strideable[int(x), int(y)])
    return bool(unit.air or terrain.walkable[int(x), int(y)])


@njit
def place(terrain: Terrain, unit: Unit, x: float, y: float) -> None:
    """Put the unit at (x, y), or as near as the map allows on each axis (docs/smac_contract.md §4.4)."""
    x = min(max(x, PLAYABLE_LOW), PLAYABLE_HIGH)
    y = min(max(y, PLAYABLE_LOW), PLAYABLE_HIGH)
    if is_ground(terrain, unit, x, unit.y):
        unit.x = x
    if is_ground(terrain, unit, unit.x, y):
        unit.y = y
