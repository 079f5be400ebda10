"""The speed of the simulator."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiirmix.common.errors import ConfigError, unknown
from aiirmix.envs.contract.maps import MAP_NAMES, MapName

if TYPE_CHECKING:
    from aiirmix.envs.skirmish.tools.bench import Speed


def check_maps(names: Sequence[str]) -> list[MapName]:
    """Return the named maps in the order of the catalog, or all maps if none is named.

    Raises:
        ConfigError: there is no such map.
    """
    for name in names:
        if name not in MAP_NAMES:
            raise ConfigError(unknown("map", name, MAP_NAMES))
    return [name for name in MAP_NAMES if name in names or not names]


def measure_simulator(maps: Sequence[MapName] = MAP_NAMES, seconds: float = 0.5) -> "list[Speed]":
    """Measure each map, every number for at least `seconds`."""
    from aiirmix.envs.skirmish.tools.bench import measure

    return [measure(name, seconds) for name in maps]
