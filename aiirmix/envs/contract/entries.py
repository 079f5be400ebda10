"""Checks the entries of a map file. A key is given with its place in the file, as in `allies.0.count`."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiirmix.common.errors import ConfigError, shown, unknown
from aiirmix.envs.contract.map_spec import PLAYABLE_HIGH, PLAYABLE_LOW, Point


def check_keys(where: str, entries: object, required: Sequence[str], optional: Sequence[str] = ()) -> None:
    """Check the keys of the entries at the dotted key `where`, which is empty for the whole file.

    Raises:
        ConfigError: a key is unknown or missing.
    """
    known, prefix = [*required, *optional], f"{where}: " if where else ""
    if not isinstance(entries, Mapping):
        raise ConfigError(f"{where or 'a map'} must have the keys {', '.join(required)}")
    for key in entries:
        if key not in known:
            raise ConfigError(f"{prefix}{unknown('key', str(key), known)}")
    for key in required:
        if key not in entries:
            raise ConfigError(f"{prefix}the key {key} is missing")


def point_of(key: str, point: object) -> Point:
    """Return a point of the playable area.

    Raises:
        ConfigError: it is none.
    """
    match point:
        case [int() | float() as x, int() | float() as y]:
            if not all(PLAYABLE_LOW <= value <= PLAYABLE_HIGH for value in (x, y)):
                bounds = f"{PLAYABLE_LOW:g} to {PLAYABLE_HIGH:g}"
                raise ConfigError(f"{key}: [{x}, {y}] is off the map, on which units can be from {bounds}")
            return float(x), float(y)
    raise ConfigError(f"{key} must be a point [x, y], not {shown(point)}")


def list_of(key: str, entries: object) -> list[Any]:
    """Return a list unchanged.

    Raises:
        ConfigError: it is none.
    """
    if not isinstance(entries, list):
        raise ConfigError(f"{key} must be a list, not {shown(entries)}")
    return entries


def positive(key: str, number: object) -> int:
    """Return an integer of at least 1 unchanged.

    Raises:
        ConfigError: it is none.
    """
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ConfigError(f"{key} must be an integer of at least 1, not {shown(number)}")
    return number


def fraction(key: str, number: object) -> float:
    """Return a number from 0 to 1.

    Raises:
        ConfigError: it is none.
    """
    if not isinstance(number, int | float) or isinstance(number, bool) or not 0 <= number <= 1:
        raise ConfigError(f"{key} must be a number from 0 to 1, not {shown(number)}")
    return float(number)


def flag(key: str, value: object) -> bool:
    """Return true or false unchanged.

    Raises:
        ConfigError: it is neither.
    """
    if not isinstance(value, bool):
        raise ConfigError(f"{key} must be true or false, not {shown(value)}")
    return value
