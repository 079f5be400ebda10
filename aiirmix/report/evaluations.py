"""The evaluations of an experiment as one small file, which outlives the run directories."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aiirmix.errors import ConfigError
from aiirmix.report.runs import Run, find_runs, require_equal

COLUMNS = ["map", "model", "seed", "env_steps", "win_rate", "return"]


@dataclass(frozen=True)
class Evaluations:
    """What the evaluations of one run found. All [evaluations]."""

    world: str
    model: str
    seed: int
    env_steps: NDArray[np.int64]
    win_rate: NDArray[np.float64]
    returns: NDArray[np.float64]


def load(source: Path) -> list[Evaluations]:
    """The evaluations in a folder of runs, or in a file that `save` wrote; sorted by map, model and seed.

    Raises:
        ConfigError: there are none, or there are runs of different environments on one map.
    """
    found = _from_file(source) if source.is_file() else _from_runs(find_runs(source))
    return sorted(found, key=lambda run: (run.world, run.model, run.seed))


def save(runs: Sequence[Evaluations], path: Path) -> None:
    """Writes a row for each evaluation of each run; numbers are rounded to six digits."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for run in runs:
            for step, win_rate, value in zip(run.env_steps, run.win_rate, run.returns, strict=True):
                writer.writerow([run.world, run.model, run.seed, step, f"{win_rate:.6g}", f"{value:.6g}"])


def _from_runs(runs: Sequence[Run]) -> list[Evaluations]:
    for _, on_map in groupby(sorted(runs, key=lambda run: run.world), key=lambda run: run.world):
        require_equal(list(on_map), ["env", "evaluation"])
    columns = ("test/win_rate", "test/return")
    return [
        Evaluations(run.world, run.model, run.config["seed"], run.env_steps, *(run.column(name) for name in columns))
        for run in runs
        if run.rows
    ]


def _from_file(path: Path) -> list[Evaluations]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            raise ConfigError(f"{path} is no file of evaluations: its columns should be {', '.join(COLUMNS)}")
        runs = groupby(reader, key=lambda row: (row["map"], row["model"], int(row["seed"])))
        return [_of_rows(world, model, seed, list(rows)) for (world, model, seed), rows in runs]


def _of_rows(world: str, model: str, seed: int, rows: Sequence[dict[str, str]]) -> Evaluations:
    steps = np.array([int(row["env_steps"]) for row in rows])
    win_rate, returns = (np.array([float(row[name]) for row in rows]) for name in ("win_rate", "return"))
    return Evaluations(world, model, seed, steps, win_rate, returns)
