"""Reads a map from a YAML file and makes sure that it can be played (docs/skirmish.md describes the keys)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from aiirmix.common.errors import ConfigError, in_a_line, shown, unknown
from aiirmix.envs.contract.draft_file import read_draft
from aiirmix.envs.contract.entries import check_keys, flag, list_of, point_of, positive
from aiirmix.envs.contract.map_spec import EVERYWHERE, MAP_SIZE, MOST_UNITS, UNITS, MapSpec, Point, Rectangle, Squad

TERRAIN = ("walkable", "passages", "cliffs", "plateau", "ramps")
FLAGS = ("medivac_rules", "agents_are_goal", "enemies_hunt", "smacv2")
OPTIONAL = (*TERRAIN, *FLAGS)
SQUADS = ("allies", "enemies")
WITH_SQUADS = ("ally_bits", "enemy_bits", "enemy_goal")
DRAFTED: dict[str, Any] = {"walkable": EVERYWHERE, "enemies_hunt": True, "smacv2": True}
"""What a map with a draft has unless its file says otherwise: SMACv2's."""

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
        raise ConfigError(f"cannot be read: {in_a_line(error)}") from error
    if isinstance(entries, dict) and "draft" in entries:
        check_keys("", entries, ("episode_limit", "draft"), OPTIONAL)
    else:
        check_keys("", entries, ("episode_limit", *SQUADS), (*OPTIONAL, *WITH_SQUADS, "draft"))
    return dict(entries)


def _map_spec(entries: Mapping[str, Any]) -> MapSpec:
    chosen: dict[str, Any] = {key: flag(key, entries[key]) for key in FLAGS if key in entries}
    chosen |= {key: _rectangles(key, entries[key]) for key in TERRAIN if key in entries}
    limit = positive("episode_limit", entries["episode_limit"])
    if "draft" in entries:
        draft = read_draft(entries["draft"])
        bits = {"ally_bits": draft.kinds, "enemy_bits": draft.kinds}
        return MapSpec(**{"episode_limit": limit, "draft": draft, "enemy_goal": None, **bits, **DRAFTED, **chosen})
    return MapSpec(episode_limit=limit, **_with_squads(entries), **chosen)


def _with_squads(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return what only maps whose teams never change have."""
    allies, enemies = (_squads(side, entries[side]) for side in SQUADS)
    return {
        "allies": allies,
        "enemies": enemies,
        "ally_bits": _bits("ally_bits", allies, entries.get("ally_bits")),
        "enemy_bits": _bits("enemy_bits", enemies, entries.get("enemy_bits")),
        "enemy_goal": _goal(entries.get("enemy_goal", allies[0].spawn)),
    }


def _squads(side: str, entries: object) -> tuple[Squad, ...]:
    squads = tuple(_squad(f"{side}.{i}", entry) for i, entry in enumerate(list_of(side, entries)))
    count = sum(squad.count for squad in squads)
    if not 1 <= count <= MOST_UNITS:
        raise ConfigError(f"{side}: there must be 1 to {MOST_UNITS} units, not {count}")
    return squads


def _squad(key: str, entry: Any) -> Squad:  # noqa: ANN401 - whatever the file holds
    check_keys(key, entry, ("unit", "count", "spawn"))
    if entry["unit"] not in UNITS:
        raise ConfigError(f"{key}: {unknown('unit', str(entry['unit']), UNITS)}")
    return Squad(entry["unit"], positive(f"{key}.count", entry["count"]), point_of(f"{key}.spawn", entry["spawn"]))


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
        return point_of("enemy_goal.0", goal[0]), point_of("enemy_goal.1", goal[1])
    point = point_of("enemy_goal", goal)
    return point, point


def _rectangles(key: str, entries: object) -> tuple[Rectangle, ...]:
    return tuple(_rectangle(f"{key}.{i}", entry) for i, entry in enumerate(list_of(key, entries)))


def _rectangle(key: str, entry: Any) -> Rectangle:  # noqa: ANN401 - whatever the file holds
    check_keys(key, entry, Rectangle._fields)
    return Rectangle(*(_cells(f"{key}.{axis}", entry[axis]) for axis in Rectangle._fields))


def _cells(key: str, cells: object) -> tuple[int, int]:
    match cells:
        case [int() as first, int() as last] if 0 <= first <= last < MAP_SIZE:
            return first, last
    raise ConfigError(f"{key} must be the first and the last cell, from 0 to {MAP_SIZE - 1}, not {shown(cells)}")


def _check_places(spec: MapSpec) -> None:
    """Make sure that all spawn points lie on walkable ground."""
    for side in ("allies", "enemies"):
        for i, squad in enumerate(getattr(spec, side)):
            if not spec.is_walkable(squad.spawn):
                x, y = squad.spawn
                raise ConfigError(f"{side}.{i}: {squad.unit} at [{x:g}, {y:g}] would stand on a wall")
