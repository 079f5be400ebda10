"""From a map to records: the units as they are when a battle begins (docs/smac_contract.md §4.3)."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product

import numpy as np

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.map_spec import MAP_SIZE, PLAYABLE_HIGH, PLAYABLE_LOW, MapSpec, Point, Squad
from aiirmix.envs.skirmish.catalog.ranges import SMAC_RANGES, Ranges
from aiirmix.envs.skirmish.catalog.tuning import DEFAULT_TUNING, Tuning
from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES, UnitType
from aiirmix.envs.skirmish.kernel.state import NOBODY, Records, Unit, fill, record
from aiirmix.envs.skirmish.kernel.terrain import heights, walkable_cells

Ready = Callable[[str], np.void]
"""Returns the record of a fresh unit of the named kind, anywhere."""


def initial_units(
    spec: MapSpec, ready: Ready | None = None, tuning: Tuning = DEFAULT_TUNING, sort_enemies: bool = False
) -> Records:
    """Return the units [U] at the beginning: agents sorted as by SMAC (docs/smac_contract.md §2.7), then enemies.

    Raises:
        ConfigError: the map has no room for all units.
    """
    make = ready or (lambda kind: fresh_unit(kind, tuning.body_fraction))
    allies = _team(spec, spec.allies, spec.ally_bits, make, tuning)
    enemies = _team(spec, spec.enemies, spec.enemy_bits, make, tuning)
    enemies["hostile"] = True
    enemies["goal_x"], enemies["goal_y"] = spec.enemy_goal[0] if spec.enemy_goal else (enemies["x"], enemies["y"])
    allies.sort(order=["type_bit", "x", "y"])
    if sort_enemies:
        enemies.sort(order=["type_bit", "x", "y"])
    units = np.concatenate([allies, enemies])
    units["turn"] = np.arange(len(units))
    return units


def _team(spec: MapSpec, squads: Sequence[Squad], bits: tuple[str, ...], ready: Ready, tuning: Tuning) -> Records:
    """Return a side's units in the order of creation, each on the free place nearest to its squad's spawn point."""
    spacing = 2 * widest([UNIT_TYPES[squad.unit] for squad in squads]) + tuning.formation_slack
    units = np.zeros(sum(squad.count for squad in squads), record(Unit))
    first = 0
    for squad in squads:
        members = units[first : first + squad.count]
        members[:] = ready(squad.unit)
        members["type_bit"] = bits.index(squad.unit) if bits else 0
        members["x"], members["y"] = np.transpose(_places(spec, squad, spacing, units[:first]))
        first += squad.count
    return units


def widest(kinds: list[UnitType]) -> float:
    """Return the largest separation radius among those kinds that keep others off the ground."""
    return max(kind.separation for kind in [kind for kind in kinds if not (kind.air or kind.strides)] or kinds)


def fresh_unit(name: str, body_fraction: float, ranges: Ranges = SMAC_RANGES) -> np.void:
    """Return the record of a fresh unit of that kind."""
    kind = UNIT_TYPES[name]
    unit: np.void = np.zeros(1, record(Unit))[0]
    fill(unit, kind)
    fill(unit, ranges)
    unit["body"] = body_fraction * kind.separation
    unit["health"], unit["shield"], unit["energy"] = kind.health_max, kind.shield_max, kind.energy_start
    unit["counted"] = kind.health_max + kind.shield_max
    unit["target"] = unit["shot_target"] = unit["fired_at"] = unit["script_target"] = unit["spotter"] = NOBODY
    unit["windup"] = unit["last_action"] = unit["beam_time"] = -1
    return unit


def _places(spec: MapSpec, squad: Squad, spacing: float, present: Records) -> list[Point]:
    """Return the places of a squad's units."""
    places = list(islice(_free_places(spec, squad.spawn, spacing, present), squad.count))
    if len(places) < squad.count:
        x, y = squad.spawn
        raise ConfigError(f"around [{x:g}, {y:g}] there is room for {len(places)} of {squad.count} × {squad.unit}")
    return places


def _free_places(spec: MapSpec, spawn: Point, spacing: float, present: Records) -> Iterator[Point]:
    """Yield the free places of a square grid around the spawn point, the nearest first, equally near ones clockwise.

    Free is walkable ground of the playable area at the spawn point's height that no earlier squad has taken.
    """
    levels = heights(spec)
    free = walkable_cells(spec) & (levels == levels[int(spawn[0]), int(spawn[1])])
    offsets = range(-MAP_SIZE, MAP_SIZE + 1)
    for column, row in sorted(product(offsets, offsets), key=nearness):
        x, y = spawn[0] + column * spacing, spawn[1] + row * spacing
        taken = np.hypot(present["x"] - x, present["y"] - y) < 0.9 * spacing
        if min(x, y) >= PLAYABLE_LOW and max(x, y) <= PLAYABLE_HIGH and free[int(x), int(y)] and not taken.any():
            yield x, y


def nearness(place: tuple[int, int]) -> tuple[int, float]:
    """Rank a place of the grid by its distance, equally near ones clockwise from the north."""
    x, y = place
    return x * x + y * y, math.atan2(x, y) % math.tau
