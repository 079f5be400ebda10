"""Play greedy episodes with the model of a run's last checkpoint."""

import argparse
from pathlib import Path

from aiirmix.cli.parser import require_at_least
from aiirmix.common.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run, and which episodes it plays."""
    parser.add_argument("run", type=Path, help="the directory of a run: runs/<name>/<model>/<map>/seed=<n>")
    parser.add_argument("--episodes", type=int, default=320, help="number of episodes (default: 320)")
    parser.add_argument("--seed", type=int, default=0, help="which episodes to play (default: 0)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a CSV file to write, with a row for each episode")


def run(options: argparse.Namespace) -> None:
    """Play the episodes, print the results and write them."""
    _check(options)
    from aiirmix.evaluation.evaluate import evaluate
    from aiirmix.runs.directory import RunDirectory

    evaluate(RunDirectory(options.run), options.episodes, options.seed, options.out)


def _check(options: argparse.Namespace) -> None:
    """Check the options before anything is loaded or played.

    Raises:
        ConfigError: a number is too small, there is no such run, or the file cannot be written.
    """
    from aiirmix.common.files import require_writable

    require_at_least(options, episodes=1, seed=0)
    if not options.run.is_dir():
        raise ConfigError(f"there is no directory {options.run}")
    if options.out is not None:
        require_writable(options.out, "return,steps,won")
