"""Plays fresh episodes with the model of a run, and prints or writes the results."""

import csv
import io
from pathlib import Path

from numpy.random import default_rng
from rich.console import Console
from rich.progress import Progress
from torch import Tensor

from aiirmix.common.counted import counted
from aiirmix.common.files import atomic_write
from aiirmix.common.statistics import Interval, bootstrap, mean, percentile_interval, wilson_interval
from aiirmix.data.episode_batch import EpisodeBatch, episode_rows
from aiirmix.evaluation.fresh_episodes import play_episodes
from aiirmix.evaluation.trained_run import load_trained
from aiirmix.runs.directory import RunDirectory


def evaluate(directory: RunDirectory, episodes: int, seed: int, out: Path | None) -> None:
    """Play, print the means, and write a row per episode to `out`.

    Raises:
        ConfigError: there is no run or no checkpoint, or this version cannot load it.
    """
    trained = load_trained(directory)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(counted(episodes, "episode"), total=episodes)
        batch = play_episodes(trained, episodes, seed, lambda count: bar.advance(task, count))
    steps = int(trained.learner.env_steps)
    print(f"{trained.model} on {trained.env.spec.name} after {steps:,} env steps, {counted(episodes, 'episode')}:")
    print(*summary_lines(batch), sep="\n")
    for name, value in trained.learner.evaluation_metrics(batch).items():
        print(f"  {name:<14}{float(value):9.3f}")
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(out, episodes_csv(batch))
        print(out)


def summary_lines(batch: EpisodeBatch) -> list[str]:
    """Return a line for each measure, with the 95 % interval of its mean over episodes: Wilson's, or by bootstrap."""
    lines = [_line("win rate", batch.won, wilson_interval(int(batch.won.sum()), len(batch.won)))]
    for name, tensor in (("return", batch.returns), ("episode steps", batch.lengths)):
        samples = bootstrap([tensor.double().numpy()], mean, default_rng(0))
        lines.append(_line(name, tensor, percentile_interval(samples)))
    return lines


def _line(name: str, values: Tensor, interval: Interval) -> str:
    return f"  {name:<14}{float(values.double().mean()):9.3f}  [{interval.low:.3f}, {interval.high:.3f}]"


def episodes_csv(batch: EpisodeBatch) -> str:
    """Return a row for each episode, longest first, with the columns of `episodes.csv`."""
    text, rows = io.StringIO(), episode_rows(batch)
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
