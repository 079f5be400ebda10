"""The speed of the simulator."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

from aiirmix.common.errors import ConfigError, unknown
from aiirmix.envs.skirmish.catalog.maps import MapName

if TYPE_CHECKING:
    from aiirmix.envs.skirmish.tools.bench import Speed

MAPS: tuple[MapName, ...] = get_args(MapName)


def check_maps(names: Sequence[str]) -> list[MapName]:
    """Return the named maps in the order of the catalog, or all maps if none is named.

    Raises:
        ConfigError: there is no such map.
    """
    for name in names:
        if name not in MAPS:
            raise ConfigError(unknown("map", name, MAPS))
    return [name for name in MAPS if name in names or not names]


def measure_simulator(maps: Sequence[MapName] = MAPS, seconds: float = 0.5) -> "list[Speed]":
    """Measure each map, every number for at least `seconds`."""
    from aiirmix.envs.skirmish.tools.bench import measure

    return [measure(name, seconds) for name in maps]
