"""Runs as they lie on the disk: `<name>/<model>/<map>/seed=<n>/`, their configurations, provenance and metrics."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from omegaconf import OmegaConf
from yaml import YAMLError

from aiirmix.common.errors import ConfigError
from aiirmix.runs.config import differences, plain_config
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory

UNKNOWN = "unknown"
"""The environment of a run of which no provenance was kept."""


@dataclass(frozen=True)
class Run:
    """A run, complete or not, as far as it has got."""

    directory: RunDirectory
    config: dict[str, Any]
    rows: list[dict[str, str]]
    """One per evaluation, in the order of `env_steps`."""
    provenance: dict[str, Any]
    """Environment, commit and versions; empty if the run has not begun."""

    @property
    def name(self) -> str:
        """The experiment that it belongs to."""
        return self.directory.path.parts[-4]

    @property
    def model(self) -> str:
        """The model, with the changes made to it."""
        return self.directory.path.parts[-3]

    @property
    def world(self) -> str:
        """The map, with the changes made to the environment."""
        return self.directory.path.parts[-2]

    @property
    def env_steps(self) -> NDArray[np.int64]:
        """Where it was evaluated, [evaluations]."""
        return np.array([int(row["env_steps"]) for row in self.rows], np.int64)

    @property
    def seed(self) -> int:
        """Where its random numbers start."""
        return int(self.config["seed"])

    @property
    def budget(self) -> int:
        """Environment steps that it is to have."""
        return int(self.config["env_steps"])

    @property
    def environment(self) -> str:
        """What was played, version included: `skirmish-2/2s3z`."""
        return str(self.provenance.get("environment", UNKNOWN))

    @property
    def metrics(self) -> list[str]:
        """The names of what was measured."""
        return [name for name in (self.rows[-1] if self.rows else {}) if name != "env_steps"]

    def column(self, metric: str) -> NDArray[np.float64]:
        """What the evaluations found, [evaluations]; not a number where they did not look."""
        return np.array([float(row[metric] or "nan") for row in self.rows])

    def absolute_win_rate(self) -> float | None:
        """Of the fresh episodes of the final model; None if it was not tested on any."""
        won = [float(row["won"]) for row in Table(self.directory.absolute_file).rows()]
        return sum(won) / len(won) if won else None

    @property
    def progress(self) -> str:
        """How far it is: `15,000 of 20,000 env steps`."""
        return f"{self.reached:,} of {self.budget:,} env steps"

    @property
    def reached(self) -> int:
        """Environment steps at its last evaluation."""
        return int(self.env_steps[-1]) if self.rows else 0

    @property
    def is_complete(self) -> bool:
        """Whether it has used its budget."""
        return self.reached >= self.budget


def find_runs(folder: Path) -> list[Run]:
    """All runs in a folder, which may itself be one, sorted by their paths.

    Raises:
        ConfigError: the folder does not exist, holds no run, or one that cannot be read.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise ConfigError(f"there is no directory {folder}{_neighbours(folder)}")
    found = sorted(folder.glob("**/seed=*/config.yaml")) or list(folder.glob("config.yaml"))
    if not found:
        raise ConfigError(f"{folder} holds no run: those are in <model>/<map>/seed=<n>/ below it")
    return [_read(RunDirectory(file.parent)) for file in found]


def require_equal(runs: Sequence[Run], settings: Sequence[str]) -> None:
    """Makes sure that runs were played in one environment and have the same settings, whole groups of them.

    Raises:
        ConfigError: two of them differ; the message says which and in what.
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


def _read(directory: RunDirectory) -> Run:
    try:
        return Run(
            directory,
            config=plain_config(OmegaConf.load(directory.config_file)),
            rows=Table(directory.metrics_file).rows(),
            provenance=_provenance(directory),
        )
    except (YAMLError, OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {directory.path}: {next(iter(str(error).splitlines()), error)}") from error


def _provenance(directory: RunDirectory) -> dict[str, Any]:
    return plain_config(OmegaConf.load(directory.provenance_file)) if directory.provenance_file.exists() else {}


def _neighbours(folder: Path) -> str:
    there = sorted(path.name for path in folder.parent.iterdir() if path.is_dir()) if folder.parent.is_dir() else []
    return f"; {folder.parent} has {', '.join(there)}" if there else ""
