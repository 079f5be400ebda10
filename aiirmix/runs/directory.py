"""The record of one run: a directory that says what was run, how it went and whether it is complete."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from yaml import YAMLError

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write, require_space
from aiirmix.runs.config import differences, plain_config

MEGABYTES_PER_RUN = 20
"""What a run may need: checkpoints, CSV files and a log, with room to spare."""


@dataclass(frozen=True)
class RunDirectory:
    """A run's files. `DONE` is written last of all; `FAILED` holds the reason of a failure."""

    path: Path

    @property
    def config_file(self) -> Path:
        """The resolved configuration; the first file that is written."""
        return self.path / "config.yaml"

    @property
    def provenance_file(self) -> Path:
        """The code and the environment that the numbers come from."""
        return self.path / "provenance.yaml"

    @property
    def metrics_file(self) -> Path:
        """A row per evaluation."""
        return self.path / "metrics.csv"

    @property
    def episodes_file(self) -> Path:
        """A row per test episode."""
        return self.path / "episodes.csv"

    @property
    def timing_file(self) -> Path:
        """A row per evaluation interval: how long it took (`aiirmix.runs.timing`)."""
        return self.path / "timing.csv"

    @property
    def absolute_file(self) -> Path:
        """A row per fresh test episode of the final model, where the protocol asks for them."""
        return self.path / "absolute.csv"

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def checkpoint_file(self) -> Path:
        """The checkpoint that a run is resumed from, written after every evaluation."""
        return self.checkpoints / "last.ckpt"

    @property
    def log_file(self) -> Path:
        """What the run said, with the traceback if it failed."""
        return self.path / "run.log"

    @property
    def progress_file(self) -> Path:
        """How far a running run is (`aiirmix.runs.heartbeat`)."""
        return self.path / "progress.json"

    @property
    def stamp(self) -> int | None:
        """When the configuration was written, in ns: another time if the directory was removed and made anew."""
        return self.config_file.stat().st_mtime_ns if self.config_file.exists() else None

    @property
    def is_done(self) -> bool:
        """Whether the run is complete."""
        return (self.path / "DONE").exists()

    @property
    def failure(self) -> str | None:
        """Why the run failed, if it did."""
        marker = self.path / "FAILED"
        return marker.read_text(encoding="utf-8").strip() if marker.exists() else None

    def refuse_old(self) -> None:
        """Make sure that the run was not begun by a version whose checkpoints this one cannot read.

        Raises:
            ConfigError: it was; the message names the version.
        """
        if (self.checkpoints / "last.pt").exists():
            raise ConfigError(
                f"{self.path} was begun by aiirmix 0.1, whose checkpoints only that version can read; "
                "use it, or give the run its own name=…"
            )

    def check(self, config: dict[str, Any]) -> None:
        """Makes sure that this directory is free, or holds a run of this very configuration. Changes nothing.

        Raises:
            ConfigError: it holds another configuration; the message names the first differing settings.
        """
        self.refuse_old()
        changes = list(differences(self._stored(), config)) if self.config_file.exists() else []
        if changes:
            told = "; ".join(f"{key} is {old} there, {new} here" for key, old, new in changes[:3])
            cure = "give this one its own name=… or remove that folder"
            raise ConfigError(f"{self.path} holds another configuration: {told}; {cure}")

    def open(self, config: DictConfig) -> None:
        """Creates the directory, or takes it up again where an earlier process left it.

        Raises:
            ConfigError: it holds another configuration, or there is no space on the disk.
        """
        wanted = plain_config(config)
        self.check(wanted)
        require_space(self.path, MEGABYTES_PER_RUN)
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        if not self.config_file.exists():
            atomic_write(self.config_file, OmegaConf.to_yaml(OmegaConf.create(wanted)))

    def tidy(self) -> None:
        """Removes the halves of files that a killed process left; only for the process that holds the directory."""
        for file in [*self.path.glob("*"), *self.checkpoints.rglob("*")]:
            if file.suffix.removeprefix(".").isdigit():
                file.unlink()

    def forgive(self) -> None:
        """Takes back the mark of a failure, so that the run is tried again."""
        (self.path / "FAILED").unlink(missing_ok=True)

    def finish(self) -> None:
        """Marks the run as complete."""
        atomic_write(self.path / "DONE", "")

    def fail(self, reason: str) -> None:
        """Marks the run as failed: it is not tried again before it is forgiven."""
        atomic_write(self.path / "FAILED", f"{reason}\n")

    def _stored(self) -> dict[str, Any]:
        try:
            return plain_config(OmegaConf.load(self.config_file))
        except (YAMLError, OSError) as error:
            raise ConfigError(f"cannot read {self.config_file}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
