"""Create a stand-in for StarCraft II, with skirmish as the game."""

import argparse
import shlex
from pathlib import Path

from aiirmix.common.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="a new folder, e.g. ~/StarCraftII-skirmish")


def run(options: argparse.Namespace) -> None:
    """Create the folder and say how it is used.

    Raises:
        ConfigError: the folder holds something else, or cannot be written.
    """
    from aiirmix.envs.sc2_server.install import install

    folder = options.folder.expanduser().absolute()
    try:
        install(folder)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written: {error.strerror}") from error
    print(f"A stand-in for StarCraft II is in {folder}. To use it: export SC2PATH={shlex.quote(str(folder))}")
