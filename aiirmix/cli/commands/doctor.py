"""Find out why env=smac does not run on this machine."""

import argparse


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
    from aiirmix.envs.contract.maps import require_smac_map
    from aiirmix.envs.smac.doctor import checks, examine

    return examine(checks(require_smac_map(options.map), options.game_version))
