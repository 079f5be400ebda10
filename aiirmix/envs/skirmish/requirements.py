"""Checks `env=skirmish` before a run starts, without compiling the simulator."""

from typing import Any

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import find_map, is_map_file
from aiirmix.envs.contract.smacv2_flags import check_settings


def check(settings: dict[str, Any]) -> None:
    """Make sure that the map of these settings of `conf/env/skirmish.yaml` can be played, with these flags.

    Raises:
        ConfigError: there is no such map, its file is wrong, or a flag has an impossible value.
    """
    try:
        if "map" in settings:
            check_map(settings["map"])
    except ConfigError as error:
        raise ConfigError(f"env.map: {error}") from error
    check_settings(settings)


def check_map(choice: str) -> None:
    """Make sure that a map exists and, if it is the user's own, that it has room for its units.

    Raises:
        ConfigError: it does not.
    """
    spec = find_map(choice)
    if is_map_file(choice):
        from aiirmix.envs.skirmish.kernel.roster import check_room

        try:
            check_room(spec)
        except ConfigError as error:
            raise ConfigError(f"{choice}: {error}") from error
