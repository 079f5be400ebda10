"""Count the different outcomes of greedy battles.

Plays battles with the models of runs, and prints for every map of SMAC and scenario of SMACv2 how many they win, and
how many of the battles differ. With runs of model=open_loop it shows which maps can be won without looking.
"""

import argparse
from pathlib import Path

from aiirmix.cli.parser import require_at_least
from aiirmix.common.counted import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the runs, and which battles they play."""
    parser.add_argument("sources", nargs="+", type=Path, help="runs/<name>, or any folder with runs")
    parser.add_argument("--episodes", type=int, default=200, help="battles of each run (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which battles to play (default: %(default)s)")


def run(options: argparse.Namespace) -> None:
    """Play the battles and print the table."""
    require_at_least(options, episodes=1, seed=0)
    from aiirmix.runs.lookup import find_directories

    directories = [directory for source in options.sources for directory in find_directories(source)]

    from rich.console import Console
    from rich.progress import Progress

    from aiirmix.evaluation.outcomes import play_outcomes, table

    played = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(counted(len(directories), "run"), total=len(directories) * options.episodes)
        for directory in directories:
            advance = lambda count: bar.advance(task, count)  # noqa: E731 - it needs no name
            played.append(play_outcomes(directory, options.episodes, options.seed, advance))
    print(table(played, options.episodes))
