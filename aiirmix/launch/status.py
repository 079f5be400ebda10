"""Shows how the runs in a folder stand, whoever runs them: python -m aiirmix.launch.status runs/<name> [--follow]."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from aiirmix.common.command_line import INTERRUPTED, exit_code_of
from aiirmix.common.errors import ConfigError
from aiirmix.launch.monitor import EVERY, monitoring
from aiirmix.launch.status_table import status_table
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.status import OVER, run_status


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table of a folder's runs; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m aiirmix.launch.status", description=__doc__)
    parser.add_argument("folder", type=Path, help="runs, or one experiment, model or map in it")
    parser.add_argument("--follow", action="store_true", help="go on until every run is done or failed, or Ctrl-C")
    options = parser.parse_args(arguments)
    try:
        return exit_code_of(lambda: show(options.folder, options.follow))
    except KeyboardInterrupt:
        return INTERRUPTED


def show(folder: Path, follow: bool) -> None:
    """Prints the table of a folder's runs, at last or at once.

    Raises:
        ConfigError: there is no run in the folder.
    """
    directories, console = find_directories(folder), Console()
    if follow:
        with monitoring(directories, console):
            while not all(run_status(directory).state in OVER for directory in directories):
                time.sleep(EVERY)
    console.print(status_table([run_status(directory) for directory in directories]))


def find_directories(folder: Path) -> list[RunDirectory]:
    """The directories of all runs in a folder, waiting ones too, sorted by their paths.

    Raises:
        ConfigError: there is none.
    """
    found = sorted(folder.absolute().glob("**/seed=*/config.yaml"))
    if not found:
        raise ConfigError(f"{folder} holds no run: those are in runs/<name>/<model>/<map>/seed=<n>/")
    return [RunDirectory(file.parent) for file in found]


if __name__ == "__main__":
    sys.exit(main())
