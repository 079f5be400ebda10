"""Recorded runs: what a run directory holds, read into memory."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.errors import ConfigError
from aiirmix.runs.config import configuration_hash, differences, protocol_hash
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.identity import UNKNOWN, Labels
from aiirmix.runs.lookup import find_directories
from aiirmix.runs.provenance import read_provenance
from aiirmix.runs.timing import read_timing

log = logging.getLogger(__name__)

RESTORE = "restore it from a copy, or remove DONE and checkpoints/ beside it and repeat the run's command"
"""What helps where a table is damaged."""


@dataclass(frozen=True)
class RecordedRun:
    """A run, complete or not, up to its last evaluation."""

    directory: RunDirectory
    config: dict[str, Any]
    rows: list[dict[str, str]]
    """One per evaluation, in the order of `env_steps`."""
    provenance: dict[str, Any]
    """Environment, commit and versions; empty if the run has not started."""

    @cached_property
    def labels(self) -> Labels:
        """The labels of the run, read once."""
        return self.directory.labels

    @property
    def experiment(self) -> str:
        """The experiment that the run belongs to, `name` in its configuration."""
        return str(self.config.get("name", self.labels.experiment))

    @property
    def model(self) -> str:
        """The model with its changed settings."""
        return self.labels.model

    @property
    def map_label(self) -> str:
        """The map with the changed settings of its environment."""
        return self.labels.map

    @property
    def env_steps(self) -> NDArray[np.int64]:
        """Environment steps at each evaluation, [evaluations]."""
        return self.column("env_steps").astype(np.int64)

    @property
    def seed(self) -> int:
        """The seed of the random numbers."""
        return int(self.config["seed"])

    @property
    def budget(self) -> int:
        """Environment steps of the whole run."""
        return int(self.config["env_steps"])

    @property
    def environment(self) -> str:
        """The environment with its version: `skirmish-3/2s3z`."""
        return str(self.provenance.get("environment", UNKNOWN))

    @property
    def commit(self) -> str:
        """The commit of the code; empty if it was not recorded."""
        return str(self.provenance.get("commit", ""))

    @property
    def configuration(self) -> str:
        """The digest of the settings of model and environment."""
        return configuration_hash(self.config)

    @property
    def protocol(self) -> str:
        """The digest of how the run is evaluated."""
        return protocol_hash(self.config)

    @property
    def metrics(self) -> list[str]:
        """The names of the metrics."""
        return [name for name in (self.rows[-1] if self.rows else {}) if name != "env_steps"]

    def column(self, metric: str) -> NDArray[np.float64]:
        """Return a metric at each evaluation, [evaluations]; NaN where it was not measured.

        Raises:
            ConfigError: `metrics.csv` has something else there.
        """
        try:
            return np.array([float(row[metric] or "nan") for row in self.rows])
        except (KeyError, ValueError) as error:
            damage = f"{self.directory.metrics_file} is damaged: {metric} is not a number"
            raise ConfigError(f"{damage}; restore it from a copy, or move the run away and make it anew") from error

    def absolute_win_rate(self) -> float | None:
        """Return the win rate of the final model on fresh episodes; None if there were none."""
        return _win_rate(self.directory.absolute_file)

    def best_win_rate(self) -> float | None:
        """Return the win rate of the model of the best evaluation on these episodes; None if there were none."""
        return _win_rate(self.directory.best_file)

    def seconds(self) -> Mapping[str, float]:
        """Return what the run took, `seconds` and `cpu_seconds`; nothing if that was not recorded from its start."""
        timing = read_timing(self.directory)
        if timing is None or not timing.is_whole:
            return {}
        return {"seconds": timing.seconds, "cpu_seconds": timing.cpu_seconds}

    def episodes(self) -> list[dict[str, str]]:
        """Return the rows of `episodes.csv`.

        Raises:
            ConfigError: some of its evaluations' episodes are missing.
        """
        file = self.directory.episodes_file
        rows = Table(file).rows()
        expected = len(self.rows) * int(self.config["evaluation"]["episodes"])
        if len(rows) < expected:
            raise ConfigError(f"{file} is damaged: {expected} episodes were played, it has {len(rows)}; {RESTORE}")
        return rows

    @property
    def progress(self) -> str:
        """How far the run is: `15,000 of 20,000 env steps`."""
        return f"{self.reached:,} of {self.budget:,} env steps"

    @property
    def reached(self) -> int:
        """Environment steps at the last evaluation."""
        return int(self.env_steps[-1]) if self.rows else 0

    @property
    def is_complete(self) -> bool:
        """Whether the run has used its budget."""
        return self.reached >= self.budget


@dataclass(frozen=True)
class UnreadableRun:
    """A run whose files are damaged."""

    directory: RunDirectory
    reason: str


def read_runs(folder: Path) -> tuple[list[RecordedRun], list[UnreadableRun]]:
    """Read all runs in a folder, which may itself be one, sorted by path; and list those that cannot be read.

    Raises:
        ConfigError: the folder does not exist or holds no run.
    """
    runs, unreadable = list[RecordedRun](), list[UnreadableRun]()
    for directory in find_directories(folder):
        try:
            runs.append(_read(directory))
        except (ConfigError, OSError) as error:
            unreadable.append(UnreadableRun(directory, str(error)))
    return runs, unreadable


def find_runs(folder: Path) -> list[RecordedRun]:
    """Read all runs in a folder, which may itself be one, sorted by path, and warn of those that cannot be read.

    Raises:
        ConfigError: the folder does not exist or holds no run that can be read.
    """
    runs, unreadable = read_runs(folder)
    if not runs:
        raise ConfigError(unreadable[0].reason)
    for one in unreadable:
        log.warning("unreadable run %s: %s", one.directory.path, one.reason)
    return runs


def require_equal(runs: Sequence[RecordedRun], settings: Sequence[str]) -> None:
    """Check that runs have the same environment and the same settings; a setting may be a whole group.

    Raises:
        ConfigError: two runs differ; the message names the runs and the setting.
    """
    first = runs[0]
    for other in runs[1:]:
        chosen, others = ({name: run.config[name] for name in settings} for run in (first, other))
        if first.environment != other.environment:
            chosen["environment"], others["environment"] = first.environment, other.environment
        for key, one, another in differences(chosen, others):
            raise ConfigError(
                f"{first.directory.path} and {other.directory.path} must not be mixed: {key} is {one} and {another}"
            )


def _win_rate(file: Path) -> float | None:
    won = [float(row["won"]) for row in Table(file).rows()]
    return sum(won) / len(won) if won else None


def _read(directory: RunDirectory) -> RecordedRun:
    run = RecordedRun(
        directory,
        config=directory.config(),
        rows=Table(directory.metrics_file).rows(),
        provenance=read_provenance(directory.provenance_file),
    )
    _require_sound(run)
    return run


def _require_sound(run: RecordedRun) -> None:
    """Make sure that the tables have the rows that a run of this status has.

    Raises:
        ConfigError: they do not.
    """
    file = run.directory.metrics_file
    if not {"seed", "env_steps"} <= run.config.keys():
        raise ConfigError(f"{run.directory.config_file} is damaged: it lacks seed or env_steps; {RESTORE}")
    for number in ("env_steps", "test/win_rate", "test/return") if run.rows else ():
        if not np.isfinite(run.column(number)).all():
            raise ConfigError(f"{file} is damaged: {number} is not finite; {RESTORE}")
    if (run.column("env_steps") % 1).any():
        raise ConfigError(f"{file} is damaged: its env_steps are not whole; {RESTORE}")
    if any(after <= before for before, after in pairwise(run.column("env_steps"))):
        raise ConfigError(f"{file} is damaged: its env_steps do not grow; {RESTORE}")
    if run.directory.is_done and not run.is_complete:
        raise ConfigError(f"{file} is damaged: the run is done, but its rows end at {run.progress}; {RESTORE}")
    _require_fresh_episodes(run)


def _require_fresh_episodes(run: RecordedRun) -> None:
    expected = int(run.config.get("evaluation", {}).get("final_episodes", 0))
    for file in (run.directory.absolute_file, run.directory.best_file):
        if not (run.directory.is_done and file.exists()):
            continue
        rows = Table(file).rows()
        if len(rows) < expected or not all("won" in row for row in rows):
            raise ConfigError(f"{file} is damaged: {expected} episodes were played, it has {len(rows)}; {RESTORE}")
