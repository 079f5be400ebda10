"""The evaluations of an experiment as one small file, which outlives the run directories."""

import csv
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.errors import ConfigError, first_line, unknown
from aiirmix.common.statistics import Scores
from aiirmix.report.csv_files import six_digits, write_csv
from aiirmix.runs.identity import UNKNOWN
from aiirmix.runs.lookup import list_directories
from aiirmix.runs.recorded import RecordedRun, find_runs, require_equal
from aiirmix.runs.seeds import is_for_tuning, refuse_tuning_seeds
from aiirmix.runs.status import run_state

log = logging.getLogger(__name__)

COLUMNS = ["map", "model", "seed", "env_steps", "win_rate", "return"]
"""What every file has. It may also have `environment`, `budget`, the parts of `Origin` and diagnostics by name."""
KEPT = (
    *("attention/", "balance/", "credit/", "meta/", "mixer/", "r_in/", "rewards/coherence"),
    *("rewards/fraction_of_advantage", "actor/entropy", "source/explained_variance"),
)
"""Prefixes of the diagnostics that are kept: those that claims are about, whether intrinsic reward is engaged, how it
learns and is mixed, what its source has learnt, and how much the actors still explore."""
ABSOLUTE = "absolute/win_rate"
BEST = "best/win_rate"
"""Win rates on fresh episodes, of the final model and of that of the best evaluation; known at the last evaluation."""
COST = "cost/"
"""Before `seconds` and `cpu_seconds`, which a run took in all; known at the last evaluation."""

Item = TypeVar("Item")


class Metric(NamedTuple):
    """What curves and tables show."""

    name: str
    label: str

    @property
    def short_label(self) -> str:
        """The label in a table, where all is about test episodes."""
        return self.label.removeprefix("test ")


WIN_RATE = Metric("test/win_rate", "test win rate")
RETURN = Metric("test/return", "test return")
METRICS = {metric.name: metric for metric in (WIN_RATE, RETURN)}


def named_metric(name: str) -> Metric:
    """Return the metric of this name.

    Raises:
        ConfigError: there is none.
    """
    if name not in METRICS:
        raise ConfigError(unknown("metric", name, list(METRICS)))
    return METRICS[name]


class Origin(NamedTuple):
    """What a run was made by; what is empty was not recorded."""

    commit: str = ""
    """Of the code."""
    configuration: str = ""
    """The digest of the settings of model and environment."""
    protocol: str = ""
    """The digest of how the run was evaluated."""


NOT_RECORDED = Origin()


@dataclass(frozen=True)
class Evaluations:
    """The evaluations of one run. All arrays are [evaluations]."""

    map_label: str
    """The map, with the changes made to the environment."""
    model: str
    seed: int
    env_steps: NDArray[np.int64]
    win_rate: NDArray[np.float64]
    returns: NDArray[np.float64]
    environment: str = UNKNOWN
    """The environment, version included."""
    budget: int = 0
    """Environment steps that the run was given; 0: unknown, so it counts as complete."""
    diagnostics: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """By their names in `metrics.csv`."""
    origin: Origin = NOT_RECORDED

    @property
    def is_complete(self) -> bool:
        """Whether the run has used its budget."""
        return bool(self.env_steps[-1] >= self.budget)

    @property
    def metrics(self) -> Mapping[str, NDArray[np.float64]]:
        """All metrics by name."""
        return {WIN_RATE.name: self.win_rate, RETURN.name: self.returns, **self.diagnostics}


def metric_of(runs: Iterable[Evaluations]) -> Metric:
    """Choose the metric for these runs: the win rate, or the return where nothing was ever won."""
    return WIN_RATE if any(run.win_rate.any() for run in runs) else RETURN


def at_the_end(runs: Iterable[Evaluations], name: str) -> Scores:
    """Return a number that is known at the last evaluation, [runs that have recorded it]."""
    values = [run.diagnostics[name][-1] for run in runs if name in run.diagnostics]
    return np.array([value for value in values if not np.isnan(value)])


def several_commits(runs: Iterable[Evaluations]) -> str:
    """Say of which commits runs are if these are several; nothing otherwise."""
    commits = sorted({run.origin.commit for run in runs} - {""})
    return f"These runs are of {len(commits)} commits: {', '.join(commits)}." if len(commits) > 1 else ""


def load(*sources: Path) -> list[Evaluations]:
    """Load the evaluations in folders of runs, or in files that `save` wrote, sorted by map, model and seed.

    Raises:
        ConfigError: there are none, a run occurs twice, runs on one map are of different environments or protocols,
            those of one model there have different settings, or some have seeds for tuning and others have not.
    """
    parts = (_from_file(source) if source.is_file() else _from_folder(source) for source in sources)
    found = sorted((run for part in parts for run in part), key=lambda run: (run.map_label, run.model, run.seed))
    for one, other in pairwise(found):
        if (one.map_label, one.model, one.seed) == (other.map_label, other.model, other.seed):
            raise ConfigError(f"{one.model} on {one.map_label} with seed {one.seed} is there twice; choose one source")
        if one.map_label == other.map_label and one.environment != other.environment:
            environments = f"{one.environment} ({one.model}) and {other.environment} ({other.model})"
            raise ConfigError(f"runs on {one.map_label} must not be mixed: they are of {environments}")
    for on_map in grouped(found, lambda run: run.map_label):
        _require_one("protocol", on_map, f"runs on {on_map[0].map_label}")
        for of_model in grouped(on_map, lambda run: run.model):
            _require_one("configuration", of_model, f"runs of {of_model[0].model} on {of_model[0].map_label}")
    if not all(is_for_tuning(run.seed) for run in found):
        refuse_tuning_seeds((run.seed for run in found), "they must not be mixed with")
    return found


def _from_folder(folder: Path) -> list[Evaluations]:
    kept = folder / "evaluations.csv"
    if kept.exists() and not list_directories(folder):
        raise ConfigError(f"{folder} holds no run; its kept evaluations are a source themselves: {kept}")
    return read(find_runs(folder))


def _require_one(part: Literal["configuration", "protocol"], runs: Sequence[Evaluations], which: str) -> None:
    """Check that no two runs are known to differ in a part of their origin, and warn if it is not known of some."""
    seeds = {getattr(run.origin, part): run.seed for run in runs}
    unknown = [run for run in runs if not getattr(run.origin, part)]
    if len(seeds.keys() - {""}) > 1:
        one, other, *_ = (f"{found} (seed {seed})" for found, seed in sorted(seeds.items()) if found)
        raise ConfigError(f"{which} must not be mixed: their {part} differs, {one} and {other}")
    if unknown and len(unknown) < len(runs):
        log.warning("%s: the %s of %d of %d was not recorded; it may differ", which, part, len(unknown), len(runs))


def save(runs: Sequence[Evaluations], path: Path) -> None:
    """Write a row for each evaluation of each run, numbers rounded to six digits."""
    diagnostics = sorted({name for run in runs for name in run.diagnostics})
    rows = (row for run in runs for row in _rows(run, diagnostics))
    write_csv(path, [*COLUMNS, "environment", "budget", *Origin._fields, *diagnostics], rows)


def read(runs: Sequence[RecordedRun]) -> list[Evaluations]:
    """Read the evaluations of runs, without those that have none yet or were pruned, and failed ones with a warning.

    Raises:
        ConfigError: the runs are of several experiments or, on one map, of different environments; or those of one
            model on one map differ in more than their seeds and budgets.
    """
    names = sorted({run.experiment for run in runs})
    if len(names) > 1:
        raise ConfigError(f"these are several experiments: {', '.join(names)}; choose one")
    found = evaluated(runs)
    for on_map in grouped(found, lambda run: run.map_label):
        require_equal(on_map, ["env", "evaluation"])
        for of_model in grouped(on_map, lambda run: run.model):
            require_equal(of_model, ["model"])
    return [_of_run(run) for run in found]


def evaluated(runs: Sequence[RecordedRun]) -> list[RecordedRun]:
    """Return the runs that have evaluations and were not pruned, without failed ones, of which there is a warning."""
    return [run for run in runs if run.rows and not (run.directory.is_pruned or _is_failed(run))]


def _is_failed(run: RecordedRun) -> bool:
    failed = run_state(run.directory) == "failed"
    if failed:
        log.warning("not counted, as it failed: %s: %s", run.directory.path, run.directory.failure)
    return failed


def grouped(items: Iterable[Item], key: Callable[[Item], str]) -> list[list[Item]]:
    """Group the items by a key, and sort the groups by it."""
    return [list(alike) for _, alike in groupby(sorted(items, key=key), key=key)]


def _rows(run: Evaluations, diagnostics: Sequence[str]) -> Iterator[list[object]]:
    nothing = np.full(len(run.env_steps), np.nan)
    numbers = (run.win_rate, run.returns, *(run.diagnostics.get(name, nothing) for name in diagnostics))
    for step, *values in zip(run.env_steps, *numbers, strict=True):
        win_rate, value, *others = map(six_digits, values)
        which = (run.map_label, run.model, run.seed, step)
        yield [*which, win_rate, value, run.environment, run.budget, *run.origin, *others]


def _of_run(run: RecordedRun) -> Evaluations:
    diagnostics = {name: run.column(name) for name in run.metrics if name.startswith(KEPT)}
    whole = {ABSOLUTE: run.absolute_win_rate(), BEST: run.best_win_rate()}
    whole |= {f"{COST}{name}": seconds for name, seconds in run.seconds().items()}
    for name, value in whole.items():
        if value is not None:
            diagnostics[name] = np.append(np.full(len(run.rows) - 1, np.nan), value)
    win_rate, returns = (run.column(metric.name) for metric in (WIN_RATE, RETURN))
    which = (run.map_label, run.model, run.seed, run.env_steps)
    origin = Origin(run.commit, run.configuration, run.protocol)
    return Evaluations(*which, win_rate, returns, run.environment, run.budget, diagnostics, origin)


def _from_file(path: Path) -> list[Evaluations]:
    try:
        found = _rows_from(path)
    except ConfigError:
        raise
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{path} is damaged: {first_line(error)}") from error
    for run in found:
        if not np.isfinite([run.win_rate, run.returns]).all():
            raise ConfigError(f"{path} is damaged: a result of {run.model} on {run.map_label} is not finite")
    return found


def _rows_from(path: Path) -> list[Evaluations]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if not set(COLUMNS) <= set(reader.fieldnames or []):
            raise ConfigError(f"{path} is no file of evaluations: its columns should be {', '.join(COLUMNS)}")
        rows = [_whole(row, number, path) for number, row in enumerate(reader, start=2)]
        runs = groupby(rows, key=lambda row: (row["map"], row["model"], int(row["seed"])))
        return [_of_rows(*which, list(rows)) for which, rows in runs]


def _whole(row: dict[str, str], number: int, path: Path) -> dict[str, str]:
    """Return a row of a file as it is, unless cells are missing or in excess, as where a file was cut off."""
    if None in row or None in row.values():
        raise ConfigError(f"{path} is damaged: line {number} has not as many cells as there are columns")
    return row


def _of_rows(map_label: str, model: str, seed: int, rows: Sequence[dict[str, str]]) -> Evaluations:
    steps = np.array([int(row["env_steps"]) for row in rows])
    names = ["win_rate", "return", *(name for name in rows[0] if "/" in name)]
    columns = {name: np.array([float(row[name] or "nan") for row in rows]) for name in names}
    win_rate, returns = columns.pop("win_rate"), columns.pop("return")
    diagnostics = {name: column for name, column in columns.items() if not np.isnan(column).all()}
    environment, budget = rows[0].get("environment", UNKNOWN), int(rows[0].get("budget", 0))
    origin = Origin(*(rows[0].get(name, "") for name in Origin._fields))
    return Evaluations(map_label, model, seed, steps, win_rate, returns, environment, budget, diagnostics, origin)
