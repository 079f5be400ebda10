"""How bodies get about: walking, sliding along other bodies, staying on the map."""

import math

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.compiled import njit
from aiirmix.envs.skirmish.state import Records, Rules, Unit

PLAYABLE_LOW, PLAYABLE_HIGH = 2.0, 30.0
"""Bounds of the playable area, on both axes (section 2.4)."""


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
    """Moves unit i one loop's way towards the goal."""
    unit: Unit = units[i]
    way_x, way_y = goal_x - unit.x, goal_y - unit.y
    way = math.sqrt(way_x**2 + way_y**2)
    if way < 1e-6:
        unit.pace = 0.0
        return
    unit.pace = min(unit.pace + unit.acceleration, unit.speed)
    share = min(unit.pace, way) / way
    x, y = slide(rules, units, i, way_x * share, way_y * share)
    place(walkable, unit, x, y)


@njit
def slide(rules: Rules, units: Records, i: int, step_x: float, step_y: float) -> tuple[float, float]:
    """Where the step leads unit i if the bodies in its way (which do not give way) turn it aside."""
    unit: Unit = units[i]
    x, y = unit.x + step_x, unit.y + step_y
    for j in range(len(units)):
        other: Unit = units[j]
        away_x, away_y = x - other.x, y - other.y
        reach = unit.separation + other.separation
        squared = away_x**2 + away_y**2
        if squared < reach**2 and squared > 0.0 and j != i and other.health > 0.0 and other.air == unit.air:
            apart = math.sqrt(squared)
            out_x, out_y = away_x / apart, away_y / apart
            side = rules.sidestep if step_y * out_x >= step_x * out_y else -rules.sidestep
            x += (reach - apart) * (out_x - side * out_y)
            y += (reach - apart) * (out_y + side * out_x)
    return x, y


@njit
def place(walkable: NDArray[np.bool_], unit: Unit, x: float, y: float) -> None:
    """Puts the unit at (x, y), or as near as terrain and playable area let it, axis by axis (section 4.4)."""
    x = min(max(x, PLAYABLE_LOW), PLAYABLE_HIGH)
    y = min(max(y, PLAYABLE_LOW), PLAYABLE_HIGH)
    if unit.air or walkable[int(x), int(unit.y)]:
        unit.x = x
    if unit.air or walkable[int(unit.x), int(y)]:
        unit.y = y
