"""From plain map data to records: the units as they stand when a battle begins (contract, section 4.3)."""

import math
from collections.abc import Iterator
from itertools import islice, product

import numpy as np

from aiirmix.envs.skirmish.catalog.maps import MAP_SIZE, PLAYABLE_HIGH, PLAYABLE_LOW, MapSpec, Point, Squad
from aiirmix.envs.skirmish.catalog.tuning import Tuning
from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES, UnitType
from aiirmix.envs.skirmish.kernel.state import NOBODY, Records, Unit, fill, record
from aiirmix.envs.skirmish.kernel.terrain import heights, terrain


def muster(spec: MapSpec, tuning: Tuning, sort_enemies: bool) -> Records:
    """The units [U] at the beginning: agents sorted as by SMAC (section 2.7), then enemies."""
    allies = _team(spec, spec.allies, spec.ally_bits, tuning)
    enemies = _team(spec, spec.enemies, spec.enemy_bits, tuning)
    enemies["hostile"] = True
    enemies["goal_x"], enemies["goal_y"] = spec.enemy_goal[0] if spec.enemy_goal else (enemies["x"], enemies["y"])
    allies.sort(order=["type_bit", "x", "y"])
    if sort_enemies:
        enemies.sort(order=["type_bit", "x", "y"])
    units = np.concatenate([allies, enemies])
    units["turn"] = np.arange(len(units))
    return units


def agent_types(spec: MapSpec) -> tuple[str, ...]:
    """The kinds of the agents, in agent order."""
    kinds = [squad.kind for squad in spec.allies for _ in range(squad.size)]
    return tuple(sorted(kinds, key=spec.ally_bits.index) if spec.ally_bits else kinds)


def _team(spec: MapSpec, squads: tuple[Squad, ...], bits: tuple[str, ...], tuning: Tuning) -> Records:
    """A side's units in the order of their creation, each on the free place nearest to its squad's spawn point."""
    spacing = 2 * _widest([UNIT_TYPES[squad.kind] for squad in squads]) + tuning.formation_slack
    units = np.zeros(sum(squad.size for squad in squads), record(Unit))
    recruits = iter(units)
    for k, squad in enumerate(squads):
        present = units[: sum(squad.size for squad in squads[:k])]
        places = _places(spec, squad.spawn, spacing, present)
        for unit, place in zip(islice(recruits, squad.size), places, strict=False):
            _recruit(unit, UNIT_TYPES[squad.kind], tuning.body_share)
            unit["type_bit"] = bits.index(squad.kind) if bits else 0
            unit["x"], unit["y"] = place
    return units


def _widest(kinds: list[UnitType]) -> float:
    """The largest separation radius among those that keep others off the ground."""
    return max(kind.separation for kind in [kind for kind in kinds if not (kind.air or kind.strides)] or kinds)


def _recruit(unit: np.void, kind: UnitType, body_share: float) -> None:
    """Makes the record a fresh unit of that kind."""
    fill(unit, kind)
    unit["body"] = body_share * kind.separation
    unit["health"], unit["shield"], unit["energy"] = kind.health_max, kind.shield_max, kind.energy_start
    unit["counted"] = kind.health_max + kind.shield_max
    unit["target"] = unit["shot_target"] = unit["fired_at"] = unit["script_target"] = NOBODY
    unit["windup"] = unit["last_action"] = unit["beam_time"] = -1


def _places(spec: MapSpec, spawn: Point, spacing: float, present: Records) -> Iterator[Point]:
    """The free places of a square grid around the spawn point, the nearest first, those equally near clockwise.

    Free is walkable ground of the playable area at the spawn point's height that no earlier squad has taken.
    """
    levels = heights(spec)
    free = terrain(spec) & (levels == levels[int(spawn[0]), int(spawn[1])])
    offsets = range(-MAP_SIZE, MAP_SIZE + 1)
    for column, row in sorted(product(offsets, offsets), key=_nearness):
        x, y = spawn[0] + column * spacing, spawn[1] + row * spacing
        taken = np.hypot(present["x"] - x, present["y"] - y) < 0.9 * spacing
        if min(x, y) >= PLAYABLE_LOW and max(x, y) <= PLAYABLE_HIGH and free[int(x), int(y)] and not taken.any():
            yield x, y


def _nearness(place: tuple[int, int]) -> tuple[int, float]:
    """Ranks places of the grid by their distance, those equally near clockwise from the north."""
    x, y = place
    return x * x + y * y, math.atan2(x, y) % math.tau
