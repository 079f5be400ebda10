"""Show the status of the runs in a folder, in whatever process they run.

The command reads the run directories and changes nothing.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder and the flag."""
    parser.add_argument("folder", type=Path, help="runs, or one experiment, model or map in it")
    parser.add_argument("--follow", action="store_true", help="go on until every run is done or has failed, or Ctrl-C")


def run(options: argparse.Namespace) -> None:
    """Print the table, after following the runs if that is asked for."""
    from rich.console import Console

    from aiirmix.launch.monitor import follow
    from aiirmix.launch.status_table import status_table
    from aiirmix.runs.lookup import find_directories
    from aiirmix.runs.status import run_status

    directories, console = find_directories(options.folder), Console()
    if options.follow:
        follow(directories, console)
    console.print(status_table([run_status(directory) for directory in directories]))
