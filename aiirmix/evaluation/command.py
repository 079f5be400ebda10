"""The command line of `evaluate.py`: the model of a run, played on fresh episodes, and what came of it."""

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aiirmix.common.command_line import Parser, exit_code_of
from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write, require_space
from aiirmix.runs.directory import RunDirectory

if TYPE_CHECKING:
    from aiirmix.data.episode_batch import EpisodeBatch


def main() -> None:
    """Runs the command that was typed and leaves with its exit code."""
    sys.exit(command(sys.argv[1:]))


def command(arguments: Sequence[str]) -> int:
    """Runs a command.

    Returns:
        The exit code: 0 all is well, 2 the command is wrong, or what it names cannot be played.
    """
    return exit_code_of(lambda: _answer(arguments))


def _answer(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    _check(options)
    _evaluate(options)


def _parser() -> argparse.ArgumentParser:
    parser = Parser("evaluate.py", description="Plays greedy episodes with the model of a run's last checkpoint.")
    parser.add_argument("run", type=Path, help="the directory of a run: runs/<name>/<model>/<map>/seed=<n>")
    parser.add_argument("--episodes", type=int, default=320, help="how many (default: 320)")
    parser.add_argument("--seed", type=int, default=0, help="which episodes are played (default: 0)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a CSV file to write, with a row for each episode")
    return parser


def _check(options: argparse.Namespace) -> None:
    """Whether the options make sense; nothing has been played yet.

    Raises:
        ConfigError: they do not.
    """
    for name, least in {"episodes": 1, "seed": 0}.items():
        if getattr(options, name) < least:
            raise ConfigError(f"--{name} must be at least {least}, not {getattr(options, name)}")
    if not options.run.is_dir():
        raise ConfigError(f"there is no directory {options.run}")
    if options.out is not None:
        require_space(options.out.parent, 1)


def _evaluate(options: argparse.Namespace) -> None:
    """Plays, prints and writes. Torch takes seconds to import, so that is done here."""
    from rich.console import Console
    from rich.progress import Progress

    from aiirmix.evaluation.fresh_episodes import play_episodes
    from aiirmix.evaluation.trained_run import load_trained

    trained = load_trained(RunDirectory(options.run))
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{options.episodes} episodes", total=options.episodes)
        batch = play_episodes(trained, options.episodes, options.seed, lambda count: bar.advance(task, count))
    steps = int(trained.learner.env_steps)
    print(f"{trained.model} on {trained.env.spec.name} after {steps:,} env steps, {options.episodes} episodes:")
    print(*_told(batch), sep="\n")
    for name, value in trained.learner.evaluation_metrics(batch).items():
        print(f"  {name:<14}{float(value):9.3f}")
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(options.out, _csv(batch))
        print(options.out)


def _told(batch: "EpisodeBatch") -> list[str]:
    """A line for each measure, with the 95 % bootstrap interval of its mean over episodes."""
    from numpy.random import default_rng

    from aiirmix.common.statistics import bootstrap, mean, percentile_interval

    measures = {"win rate": batch.won, "return": batch.returns, "episode steps": batch.lengths}
    lines = []
    for name, tensor in measures.items():
        values = tensor.double().numpy()
        low, high = percentile_interval(bootstrap([values], mean, default_rng(0)))
        lines.append(f"  {name:<14}{values.mean():9.3f}  [{low:.3f}, {high:.3f}]")
    return lines


def _csv(batch: "EpisodeBatch") -> str:
    """A row for each episode, longest first; columns as in `episodes.csv`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["return", "steps", "won"])
    writer.writerows(zip(batch.returns.tolist(), batch.lengths.tolist(), batch.won.int().tolist(), strict=True))
    return text.getvalue()
