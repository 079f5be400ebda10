"""Find out why env=smac or env=smacv2 does not run on this machine."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which game the last check plays."""
    parser.add_argument("--map", default="8m", metavar="MAP", help="map or scenario to play on (default: 8m)")
    parser.add_argument("--game-version", metavar="V", help="version to play, e.g. 4.10.0 (default: the newest)")


def run(options: argparse.Namespace) -> int:
    """Print the result of each check, up to the first that fails, and whether there is SMACv2's package.

    Returns:
        1 if a check failed, else 0.

    Raises:
        ConfigError: there is no such map.
    """
    from aiirmix.envs.contract.maps import require_map
    from aiirmix.envs.smac.doctor import checks, environment, examine, mention_smacv2

    name = require_map(options.map)
    package = environment(name).package
    code = examine(checks(name, options.game_version), package)
    if package == "smac":
        mention_smacv2()
    return code
