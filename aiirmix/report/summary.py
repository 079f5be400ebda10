"""What an experiment came to, in one table: `python -m aiirmix.report.summary runs/<name>`.

Reads run directories, or the file of evaluations that `--out` wrote from them, and prints a row for each model on each
map. With `--out FOLDER` the evaluations and the table are kept there.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from aiirmix.errors import ConfigError
from aiirmix.report.evaluations import Evaluations, load, save
from aiirmix.report.statistics import Interval, Scores, bootstrap, mean, moving_average, percentile_interval

LAST = 0.2
"""The share of the budget, at its end, that `final` averages over."""
SMOOTHING = 5
"""Evaluations averaged before a curve is compared with a threshold: a single one of 20 episodes is too noisy."""
THRESHOLD = 0.8


@dataclass(frozen=True)
class Row:
    """A model on a map, over its seeds. Win rates are of greedy test episodes."""

    world: str
    model: str
    seeds: int
    env_steps: int
    """The budget that all seeds have used."""
    final: Scores
    """[seeds]; mean win rate over the last fifth of the budget."""
    area: Scores
    """[seeds]; mean win rate over the whole budget."""
    best_median: float
    """The highest median over seeds of the smoothed win rate."""
    reached: int | None
    """Environment steps after which that median is first at least 0.8."""


def main() -> None:
    """Prints what the command line asks for and leaves with an exit code."""
    parser = argparse.ArgumentParser("python -m aiirmix.report.summary", description="Sums an experiment up.")
    parser.add_argument("source", type=Path, help="an experiment, runs/<name>, or its evaluations.csv")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep evaluations.csv and summary.md there")
    arguments = parser.parse_args()
    try:
        runs = load(arguments.source)
        table = markdown(summarise(runs))
    except ConfigError as error:
        sys.exit(f"error: {error}")
    print(table)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        save(runs, arguments.out / "evaluations.csv")
        (arguments.out / "summary.md").write_text(f"{table}\n", encoding="utf-8")


def summarise(runs: Sequence[Evaluations]) -> list[Row]:
    """A row for each model on each map, in the order of `runs`, which are sorted by map and model."""
    groups = groupby(runs, key=lambda run: (run.world, run.model))
    return [_row(world, model, list(seeds)) for (world, model), seeds in groups]


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table; intervals are 95 % bootstrap intervals of the mean over seeds."""
    lines = [
        "| map | model | seeds | env steps | final win rate [95 %] | area [95 %] | best median | 0.8 reached at |",
        "|---|---|--:|--:|---|---|--:|--:|",
    ]
    for row in rows:
        reached = "never" if row.reached is None else f"{row.reached:,}"
        lines.append(
            f"| {row.world} | {row.model} | {row.seeds} | {row.env_steps:,} | {_with_interval(row.final)} "
            f"| {_with_interval(row.area)} | {row.best_median:.2f} | {reached} |"
        )
    return "\n".join(lines)


def _row(world: str, model: str, seeds: Sequence[Evaluations]) -> Row:
    points = min(len(run.env_steps) for run in seeds)
    steps, wins = seeds[0].env_steps[:points], np.stack([run.win_rate[:points] for run in seeds])
    at_the_end = steps > (1 - LAST) * steps[-1]
    medians = np.median(moving_average(wins, SMOOTHING), axis=0)
    above = np.flatnonzero(medians >= THRESHOLD)
    return Row(
        *(world, model, len(seeds), int(steps[-1])),
        final=wins[:, at_the_end].mean(axis=1),
        area=wins.mean(axis=1),
        best_median=float(medians.max()),
        reached=int(steps[above[0]]) if above.size else None,
    )


def _with_interval(scores: Scores) -> str:
    low, high = _interval(scores)
    return f"{scores.mean():.2f} [{low:.2f}, {high:.2f}]"


def _interval(scores: Scores) -> Interval:
    return percentile_interval(bootstrap([scores], mean, np.random.default_rng(0)))


if __name__ == "__main__":
    main()
