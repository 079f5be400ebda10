"""Recorded runs: what a run directory holds, read into memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from omegaconf import OmegaConf
from yaml import YAMLError

from aiirmix.common.errors import ConfigError, first_line
from aiirmix.runs.config import differences, plain_config
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.lookup import find_directories

UNKNOWN = "unknown"
"""The environment of a run without provenance."""


@dataclass(frozen=True)
class RecordedRun:
    """A run, complete or not, up to its last evaluation."""

    directory: RunDirectory
    config: dict[str, Any]
    rows: list[dict[str, str]]
    """One per evaluation, in the order of `env_steps`."""
    provenance: dict[str, Any]
    """Environment, commit and versions; empty if the run has not started."""

    @property
    def name(self) -> str:
        """The experiment that the run belongs to."""
        return self.directory.experiment

    @property
    def model(self) -> str:
        """The model with its changed settings."""
        return self.directory.model

    @property
    def map_label(self) -> str:
        """The map with the changed settings of its environment."""
        return self.directory.map_label

    @property
    def env_steps(self) -> NDArray[np.int64]:
        """Environment steps at each evaluation, [evaluations]."""
        return np.array([int(row["env_steps"]) for row in self.rows], np.int64)

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
        """The environment with its version: `skirmish-2/2s3z`."""
        return str(self.provenance.get("environment", UNKNOWN))

    @property
    def metrics(self) -> list[str]:
        """The names of the metrics."""
        return [name for name in (self.rows[-1] if self.rows else {}) if name != "env_steps"]

    def column(self, metric: str) -> NDArray[np.float64]:
        """Return a metric at each evaluation, [evaluations]; NaN where it was not measured."""
        return np.array([float(row[metric] or "nan") for row in self.rows])

    def absolute_win_rate(self) -> float | None:
        """Return the win rate of the final model on fresh episodes; None if there were none."""
        won = [float(row["won"]) for row in Table(self.directory.absolute_file).rows()]
        return sum(won) / len(won) if won else None

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


def find_runs(folder: Path) -> list[RecordedRun]:
    """Read all runs in a folder, which may itself be one, sorted by path.

    Raises:
        ConfigError: the folder does not exist or holds no run, or a run cannot be read.
    """
    return [_read(directory) for directory in find_directories(folder)]


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


def _read(directory: RunDirectory) -> RecordedRun:
    try:
        return RecordedRun(
            directory,
            config=plain_config(OmegaConf.load(directory.config_file)),
            rows=Table(directory.metrics_file).rows(),
            provenance=_provenance(directory),
        )
    except (YAMLError, OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {directory.path}: {first_line(error)}") from error


def _provenance(directory: RunDirectory) -> dict[str, Any]:
    return plain_config(OmegaConf.load(directory.provenance_file)) if directory.provenance_file.exists() else {}
