"""The evaluations of an experiment as one small file, which outlives the run directories."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.errors import ConfigError
from aiirmix.runs.recorded import UNKNOWN, RecordedRun, find_runs, require_equal

COLUMNS = ["map", "model", "seed", "env_steps", "win_rate", "return"]
"""What every file has. It may also say `environment` and `budget`, and have diagnostics under their own names."""
KEPT = ("absolute/", "attention/", "r_in/")
"""What the names of the diagnostics begin with that are kept: those that claims are about."""
ABSOLUTE = "absolute/win_rate"
"""The win rate of the final model on fresh episodes; known at a run's last evaluation alone."""


Item = TypeVar("Item")


class Metric(NamedTuple):
    """What curves and tables are about."""

    name: str
    label: str


WIN_RATE = Metric("test/win_rate", "test win rate")
RETURN = Metric("test/return", "test return")


@dataclass(frozen=True)
class Evaluations:
    """What the evaluations of one run found. All [evaluations]."""

    world: str
    model: str
    seed: int
    env_steps: NDArray[np.int64]
    win_rate: NDArray[np.float64]
    returns: NDArray[np.float64]
    environment: str = UNKNOWN
    """What was played, version included."""
    budget: int = 0
    """Environment steps that the run was to have; 0: as many as it has."""
    diagnostics: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """By their names in `metrics.csv`."""

    @property
    def is_complete(self) -> bool:
        """Whether it has used its budget."""
        return bool(self.env_steps[-1] >= self.budget)

    @property
    def metrics(self) -> Mapping[str, NDArray[np.float64]]:
        """All that is known, by name."""
        return {WIN_RATE.name: self.win_rate, RETURN.name: self.returns, **self.diagnostics}


def metric_of(runs: Iterable[Evaluations]) -> Metric:
    """What to look at in these runs: the win rate, or the return where nothing was ever won."""
    return WIN_RATE if any(run.win_rate.any() for run in runs) else RETURN


def load(*sources: Path) -> list[Evaluations]:
    """The evaluations in folders of runs, or in files that `save` wrote; sorted by map, model and seed.

    Raises:
        ConfigError: there are none, a run is there twice, or there are runs of different environments on one map.
    """
    parts = (_from_file(source) if source.is_file() else read(find_runs(source)) for source in sources)
    found = sorted((run for part in parts for run in part), key=lambda run: (run.world, run.model, run.seed))
    for one, other in pairwise(found):
        if (one.world, one.model, one.seed) == (other.world, other.model, other.seed):
            raise ConfigError(f"{one.model} on {one.world} with seed {one.seed} is there twice; choose one source")
        if one.world == other.world and one.environment != other.environment:
            environments = f"{one.environment} ({one.model}) and {other.environment} ({other.model})"
            raise ConfigError(f"runs on {one.world} must not be mixed: they are of {environments}")
    return found


def save(runs: Sequence[Evaluations], path: Path) -> None:
    """Writes a row for each evaluation of each run; numbers are rounded to six digits."""
    diagnostics = sorted({name for run in runs for name in run.diagnostics})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*COLUMNS, "environment", "budget", *diagnostics])
        for run in runs:
            nothing = np.full(len(run.env_steps), np.nan)
            numbers = (run.win_rate, run.returns, *(run.diagnostics.get(name, nothing) for name in diagnostics))
            for step, win_rate, value, *others in zip(run.env_steps, *numbers, strict=True):
                told = [
                    run.world,
                    run.model,
                    run.seed,
                    step,
                    _short(win_rate),
                    _short(value),
                    run.environment,
                    run.budget,
                ]
                writer.writerow([*told, *map(_short, others)])


def read(runs: Sequence[RecordedRun]) -> list[Evaluations]:
    """The evaluations of runs, of which those that have none yet are left out.

    Raises:
        ConfigError: the runs are of several experiments or, on one map, of different environments; or those of one
            model on one map differ in more than their seeds and budgets.
    """
    names = sorted({run.name for run in runs})
    if len(names) > 1:
        raise ConfigError(f"these are several experiments: {', '.join(names)}; choose one")
    evaluated = [run for run in runs if run.rows]
    for on_map in grouped(evaluated, lambda run: run.world):
        require_equal(on_map, ["env", "evaluation"])
        for of_model in grouped(on_map, lambda run: run.model):
            require_equal(of_model, ["model"])
    return [_of_run(run) for run in evaluated]


def grouped(items: Iterable[Item], key: Callable[[Item], str]) -> list[list[Item]]:
    """The items by what `key` says of them, sorted by it."""
    return [list(alike) for _, alike in groupby(sorted(items, key=key), key=key)]


def _of_run(run: RecordedRun) -> Evaluations:
    diagnostics = {name: run.column(name) for name in run.metrics if name.startswith(KEPT)}
    absolute = run.absolute_win_rate()
    if absolute is not None:
        diagnostics[ABSOLUTE] = np.full(len(run.rows), np.nan)
        diagnostics[ABSOLUTE][-1] = absolute
    win_rate, returns = (run.column(metric.name) for metric in (WIN_RATE, RETURN))
    where = (run.world, run.model, run.seed, run.env_steps)
    return Evaluations(*where, win_rate, returns, run.environment, run.budget, diagnostics)


def _from_file(path: Path) -> list[Evaluations]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if not set(COLUMNS) <= set(reader.fieldnames or []):
            raise ConfigError(f"{path} is no file of evaluations: its columns should be {', '.join(COLUMNS)}")
        runs = groupby(reader, key=lambda row: (row["map"], row["model"], int(row["seed"])))
        return [_of_rows(world, model, seed, list(rows)) for (world, model, seed), rows in runs]


def _of_rows(world: str, model: str, seed: int, rows: Sequence[dict[str, str]]) -> Evaluations:
    steps = np.array([int(row["env_steps"]) for row in rows])
    names = ["win_rate", "return", *(name for name in rows[0] if "/" in name)]
    columns = {name: np.array([float(row[name] or "nan") for row in rows]) for name in names}
    win_rate, returns = columns.pop("win_rate"), columns.pop("return")
    diagnostics = {name: column for name, column in columns.items() if not np.isnan(column).all()}
    environment, budget = rows[0].get("environment", UNKNOWN), int(rows[0].get("budget", 0))
    return Evaluations(world, model, seed, steps, win_rate, returns, environment, budget, diagnostics)


def _short(number: float) -> str:
    return "" if np.isnan(number) else f"{number:.6g}"
