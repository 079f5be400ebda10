"""From plain map data to arrays: terrain, and the units as they stand when a battle begins (contract, section 4.3)."""

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.maps import MAP_SIZE, MapSpec, Squad
from aiirmix.envs.skirmish.state import NOBODY, Records, Unit, fill, record
from aiirmix.envs.skirmish.tuning import Tuning
from aiirmix.envs.skirmish.units import UNIT_TYPES, UnitType


def terrain(spec: MapSpec) -> NDArray[np.bool_]:
    """Which cells [x, y] ground units can walk on."""
    walkable = np.zeros((MAP_SIZE, MAP_SIZE), np.bool_)
    for x_first, x_last, y_first, y_last in spec.walkable:
        walkable[x_first : x_last + 1, y_first : y_last + 1] = True
    return walkable


def muster(spec: MapSpec, tuning: Tuning, sort_enemies: bool) -> Records:
    """The units [U] at the beginning: agents sorted as by SMAC (section 2.7), then enemies."""
    allies = _team(spec.allies, spec.ally_spawn, spec.ally_bits, tuning)
    enemies = _team(spec.enemies, spec.enemy_spawn, spec.enemy_bits, tuning)
    enemies["hostile"] = True
    enemies["goal_x"], enemies["goal_y"] = spec.enemy_goal
    allies.sort(order=["type_bit", "x", "y"])
    if sort_enemies:
        enemies.sort(order=["type_bit", "x", "y"])
    units = np.concatenate([allies, enemies])
    units["turn"] = np.arange(len(units))
    return units


def agent_types(spec: MapSpec) -> tuple[str, ...]:
    """The kinds of the agents, in agent order."""
    kinds = [kind for kind, count in spec.allies for _ in range(count)]
    return tuple(sorted(kinds, key=spec.ally_bits.index) if spec.ally_bits else kinds)


def _team(squad: Squad, spawn: tuple[float, float], bits: tuple[str, ...], tuning: Tuning) -> Records:
    """A side's units in the order of their creation, each on the free place nearest to the spawn point."""
    kinds = [(name, UNIT_TYPES[name]) for name, count in squad for _ in range(count)]
    spacing = 2 * max(kind.separation for _, kind in kinds if not kind.air) + tuning.formation_slack
    units = np.zeros(len(kinds), record(Unit))
    for unit, (name, kind), (column, row) in zip(units, kinds, _places(len(kinds)), strict=True):
        _recruit(unit, kind, tuning.body_share)
        unit["type_bit"] = bits.index(name) if bits else 0
        unit["x"], unit["y"] = spawn[0] + column * spacing, spawn[1] + row * spacing
    return units


def _recruit(unit: np.void, kind: UnitType, body_share: float) -> None:
    """Makes the record a fresh unit of that kind."""
    fill(unit, kind)
    unit["body"] = body_share * kind.separation
    unit["health"], unit["shield"], unit["energy"] = kind.health_max, kind.shield_max, kind.energy_start
    unit["counted"] = kind.health_max + kind.shield_max
    unit["target"] = unit["shot_target"] = unit["fired_at"] = NOBODY
    unit["windup"] = unit["last_action"] = -1


def _places(count: int) -> Iterator[tuple[int, int]]:
    """The places of a square grid, the nearest first, those equally near clockwise from the north."""
    reach = range(-count, count + 1)

    def rank(place: tuple[int, int]) -> tuple[int, float]:
        x, y = place
        return x * x + y * y, math.atan2(x, y) % math.tau

    return iter(sorted(product(reach, reach), key=rank)[:count])
