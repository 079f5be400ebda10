"""Reads a map from a YAML file and makes sure that it can be played (docs/skirmish.md describes the keys)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from aiirmix.common.errors import ConfigError, shown, unknown
from aiirmix.envs.contract.map_spec import (
    MAP_SIZE,
    PLAYABLE_HIGH,
    PLAYABLE_LOW,
    UNITS,
    MapSpec,
    Point,
    Rectangle,
    Squad,
)

REQUIRED = ("episode_limit", "allies", "enemies")
TERRAIN = ("walkable", "passages", "cliffs", "plateau", "ramps")
FLAGS = ("medivac_rules", "agents_are_goal")
OPTIONAL = (*TERRAIN, *FLAGS, "ally_bits", "enemy_bits", "enemy_goal")
MOST_UNITS = 64
"""On one side: a colossus' beams remember whom they have hit in the 64 bits of a number."""

# The C loader is ten times as fast; PyYAML is sometimes built without it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_map(path: Path) -> MapSpec:
    """Read a map.

    Raises:
        ConfigError: the file cannot be read or does not describe a map that can be played; the message names the file.
    """
    try:
        spec = _map_spec(_load(path))
        _check_places(spec)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return spec


def _load(path: Path) -> dict[str, Any]:
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), LOADER)
    except FileNotFoundError as error:
        raise ConfigError("there is no such map file") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"cannot be read: {' '.join(str(error).split())}") from error
    _check_keys("", entries, REQUIRED, OPTIONAL)
    return dict(entries)


def _map_spec(entries: Mapping[str, Any]) -> MapSpec:
    allies, enemies = (_squads(side, entries[side]) for side in ("allies", "enemies"))
    optional: dict[str, Any] = {key: _flag(key, entries[key]) for key in FLAGS if key in entries}
    optional |= {key: _rectangles(key, entries[key]) for key in TERRAIN if key in entries}
    return MapSpec(
        episode_limit=_positive("episode_limit", entries["episode_limit"]),
        allies=allies,
        enemies=enemies,
        ally_bits=_bits("ally_bits", allies, entries.get("ally_bits")),
        enemy_bits=_bits("enemy_bits", enemies, entries.get("enemy_bits")),
        enemy_goal=_goal(entries.get("enemy_goal", allies[0].spawn)),
        **optional,
    )


def _check_keys(where: str, entries: object, required: Sequence[str], optional: Sequence[str] = ()) -> None:
    """Check the keys of the entries at the dotted key `where`, which is empty for the whole file."""
    known, prefix = [*required, *optional], f"{where}: " if where else ""
    if not isinstance(entries, Mapping):
        raise ConfigError(f"{where or 'a map'} must have the keys {', '.join(required)}")
    for key in entries:
        if key not in known:
            raise ConfigError(f"{prefix}{unknown('key', str(key), known)}")
    for key in required:
        if key not in entries:
            raise ConfigError(f"{prefix}the key {key} is missing")


def _squads(side: str, entries: object) -> tuple[Squad, ...]:
    squads = tuple(_squad(f"{side}.{i}", entry) for i, entry in enumerate(_list(side, entries)))
    count = sum(squad.count for squad in squads)
    if not 1 <= count <= MOST_UNITS:
        raise ConfigError(f"{side}: there must be 1 to {MOST_UNITS} units, not {count}")
    return squads


def _squad(key: str, entry: Any) -> Squad:  # noqa: ANN401 - whatever the file holds
    _check_keys(key, entry, ("unit", "count", "spawn"))
    if entry["unit"] not in UNITS:
        raise ConfigError(f"{key}: {unknown('unit', str(entry['unit']), UNITS)}")
    return Squad(entry["unit"], _positive(f"{key}.count", entry["count"]), _point(f"{key}.spawn", entry["spawn"]))


def _bits(key: str, squads: Sequence[Squad], order: object) -> tuple[str, ...]:
    """Return the order of a side's type bits: the file's or else alphabetical. One kind alone needs no bits."""
    kinds = sorted({squad.unit for squad in squads})
    if order is None:
        return tuple(kinds) if len(kinds) > 1 else ()
    if not isinstance(order, list) or sorted(map(str, order)) != kinds:
        raise ConfigError(f"{key} must name each kind of unit of its side once ({', '.join(kinds)}), not {order}")
    return tuple(order)


def _goal(goal: Any) -> tuple[Point, Point] | None:  # noqa: ANN401 - whatever the file holds
    if goal is None:
        return None
    if isinstance(goal, list) and len(goal) == 2 and isinstance(goal[0], list):
        return _point("enemy_goal.0", goal[0]), _point("enemy_goal.1", goal[1])
    point = _point("enemy_goal", goal)
    return point, point


def _point(key: str, point: object) -> Point:
    match point:
        case [int() | float() as x, int() | float() as y]:
            if not all(PLAYABLE_LOW <= value <= PLAYABLE_HIGH for value in (x, y)):
                bounds = f"{PLAYABLE_LOW:g} to {PLAYABLE_HIGH:g}"
                raise ConfigError(f"{key}: [{x}, {y}] is off the map, on which units can be from {bounds}")
            return float(x), float(y)
    raise ConfigError(f"{key} must be a point [x, y], not {shown(point)}")


def _rectangles(key: str, entries: object) -> tuple[Rectangle, ...]:
    return tuple(_rectangle(f"{key}.{i}", entry) for i, entry in enumerate(_list(key, entries)))


def _rectangle(key: str, entry: Any) -> Rectangle:  # noqa: ANN401 - whatever the file holds
    _check_keys(key, entry, Rectangle._fields)
    return Rectangle(*(_cells(f"{key}.{axis}", entry[axis]) for axis in Rectangle._fields))


def _cells(key: str, cells: object) -> tuple[int, int]:
    match cells:
        case [int() as first, int() as last] if 0 <= first <= last < MAP_SIZE:
            return first, last
    raise ConfigError(f"{key} must be the first and the last cell, from 0 to {MAP_SIZE - 1}, not {shown(cells)}")


def _list(key: str, entries: object) -> list[Any]:
    if not isinstance(entries, list):
        raise ConfigError(f"{key} must be a list, not {shown(entries)}")
    return entries


def _positive(key: str, number: object) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ConfigError(f"{key} must be an integer of at least 1, not {shown(number)}")
    return number


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{key} must be true or false, not {shown(value)}")
    return value


def _check_places(spec: MapSpec) -> None:
    """Make sure that all spawn points lie on walkable ground."""
    for side in ("allies", "enemies"):
        for i, squad in enumerate(getattr(spec, side)):
            if not spec.is_walkable(squad.spawn):
                x, y = squad.spawn
                raise ConfigError(f"{side}.{i}: {squad.unit} at [{x:g}, {y:g}] would stand on a wall")
