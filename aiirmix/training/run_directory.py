"""The record of one run: a directory that says what was run, how it went and whether it is complete."""

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from yaml import YAMLError

from aiirmix.errors import ConfigError

MEGABYTES_PER_RUN = 20
"""What a run may need: checkpoints, CSV files and a log, with room to spare."""

WITHOUT_EFFECT = ("logger", "trainer.progress")
"""Settings that change what is shown, never what is computed: a run may go on under other ones."""


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
    def absolute_file(self) -> Path:
        """A row per fresh test episode of the final model, where the protocol asks for them."""
        return self.path / "absolute.csv"

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def log_file(self) -> Path:
        """What the run said, with the traceback if it failed."""
        return self.path / "run.log"

    @property
    def progress_file(self) -> Path:
        """How far a running run is (`aiirmix.training.pulse`)."""
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

    def check(self, config: dict[str, Any]) -> None:
        """Makes sure that this directory is free, or holds a run of this very configuration. Changes nothing.

        Raises:
            ConfigError: it holds another configuration; the message names the first differing settings.
        """
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
        wanted = record(config)
        self.check(wanted)
        require_space(self.path, MEGABYTES_PER_RUN)
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        if not self.config_file.exists():
            write(self.config_file, OmegaConf.to_yaml(OmegaConf.create(wanted)))

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
        write(self.path / "DONE", "")

    def fail(self, reason: str) -> None:
        """Marks the run as failed: it is not tried again before it is forgiven."""
        write(self.path / "FAILED", f"{reason}\n")

    def _stored(self) -> dict[str, Any]:
        try:
            return record(OmegaConf.load(self.config_file))
        except (YAMLError, OSError) as error:
            raise ConfigError(f"cannot read {self.config_file}: {_first_line(error)}") from error


def record(config: Any) -> dict[str, Any]:  # noqa: ANN401 - what OmegaConf.load returns
    """The configuration as plain values, every reference resolved.

    Raises:
        OmegaConfBaseException: a reference leads nowhere or a value is missing.
    """
    container = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}


def differences(stored: dict[str, Any], wanted: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    """Settings that two configurations disagree on and that matter to the results: key, stored, wanted."""
    old, new = dict(leaves(stored)), dict(leaves(wanted))
    for key in sorted(old.keys() | new.keys()):
        matters = not any(key == free or key.startswith(f"{free}.") for free in WITHOUT_EFFECT)
        if matters and old.get(key, "absent") != new.get(key, "absent"):
            yield key, old.get(key, "absent"), new.get(key, "absent")


def leaves(config: dict[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    """Every value of a nested configuration under its dotted key."""
    for key, value in config.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def require_space(path: Path, megabytes: int, what: str = "this") -> None:
    """Makes sure that a path, which need not exist, can be written and has this much space for `what`.

    Raises:
        ConfigError: it cannot, or has not.
    """
    existing = next(parent for parent in [path.absolute(), *path.absolute().parents] if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise ConfigError(f"cannot write in {existing}: it is {'read-only' if existing.is_dir() else 'not a folder'}")
    free = shutil.disk_usage(existing).free // 10**6
    if free < megabytes:
        raise ConfigError(f"no disk space: {what} needs {megabytes} MB free in {existing}, there are {free} MB")


def write(path: Path, text: str) -> None:
    """Writes a whole file or none of it.

    Raises:
        ConfigError: there is no space on the disk.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise ConfigError(f"no disk space to write {path}") from error
        raise


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
