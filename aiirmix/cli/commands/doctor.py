"""Find out why env=smac does not run on this machine."""

import argparse

from aiirmix.common.errors import ConfigError, unknown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which game the last check plays."""
    parser.add_argument("--map", default="8m", metavar="MAP", help="map to play on (default: 8m)")
    parser.add_argument("--game-version", metavar="V", help="version to play, e.g. 4.10.0 (default: the newest)")


def run(options: argparse.Namespace) -> int:
    """Print the result of each check, up to the first that fails.

    Returns:
        1 if a check failed, else 0.

    Raises:
        ConfigError: there is no such map.
    """
    from aiirmix.envs.contract.maps import MAP_NAMES
    from aiirmix.envs.smac.doctor import checks, examine

    if options.map not in MAP_NAMES:
        raise ConfigError(unknown("map", options.map, MAP_NAMES))
    return examine(checks(options.map, options.game_version))
