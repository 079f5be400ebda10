"""Saves the W&B dashboards of a project: `python -m aiirmix.report.workspace --entity ME --project aiirmix`.

A workspace for each map and one report over all of them. Needs a W&B account (`wandb login`) and the extra `wandb`.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

from aiirmix.errors import ConfigError

MAPS = ("2s3z", "3s5z", "8m", "MMM")
Save = Callable[[Any], str]
"""Sends a workspace or a report to the site and returns its address there."""


def main() -> None:
    """Saves what the command line asks for and leaves with an exit code."""
    try:
        for address in command(sys.argv[1:], save):
            print(address)
    except ConfigError as error:
        sys.exit(f"error: {error}")


def command(arguments: Sequence[str], save: Save) -> list[str]:
    """Builds all dashboards, then saves them.

    Returns:
        Their addresses: the workspace of each map, and the report.

    Raises:
        ConfigError: the workspaces library is missing, or the site cannot be reached or refuses.
    """
    options = _parser().parse_args(arguments)
    try:
        from aiirmix.report import dashboards
    except ImportError as error:
        raise ConfigError(f"{error.name} is missing; install it with: pip install 'aiirmix[wandb]'") from error
    where = options.entity, options.project
    built = [dashboards.workspace(*where, world, options.models) for world in options.maps]
    try:
        return [save(one) for one in (*built, dashboards.report(*where, options.maps, options.models))]
    except Exception as error:  # The library raises bare exceptions and those of whatever carries its requests.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConfigError(f"W&B did not take the dashboards of {'/'.join(where)}: {reason}") from error


def save(dashboard: Any) -> str:  # noqa: ANN401  (a Workspace or a Report, which share no type)
    """Sends it; the only function here that needs the network."""
    return str(dashboard.save().url)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m aiirmix.report.workspace", description="Saves W&B dashboards.")
    parser.add_argument("--entity", required=True, help="user or team on the W&B site")
    parser.add_argument("--project", default="aiirmix", help="as in logger.wandb.project (default: aiirmix)")
    parser.add_argument("--models", nargs="+", default=[], metavar="MODEL", help="aiir_mix, rmix, … (default: all)")
    parser.add_argument("--maps", nargs="+", default=MAPS, metavar="MAP", help=f"default: {' '.join(MAPS)}")
    return parser


if __name__ == "__main__":
    main()
