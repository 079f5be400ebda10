"""The directory that records one run: what was run, how far it got, and whether it is done."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from aiirmix.common.digest import short_digest
from aiirmix.common.errors import ConfigError, first_line
from aiirmix.common.files import atomic_write, is_temporary, require_space
from aiirmix.runs.config import config_text, differences, plain_config, settings_digest
from aiirmix.runs.identity import Identity, Labels, labels_of_path, new_token, read_identity, write_identity

MEGABYTES_PER_RUN = 20
"""Disk space that a run may need for checkpoints, CSV files and a log, with a margin."""


DIVERGED = "the run diverged"
"""How the reason of a failure begins if a number was not finite."""
LOST = "its process ended"
"""How it begins if a worker was killed, for lack of memory, say."""


@dataclass(frozen=True)
class RunDirectory:
    """The files of a run, `<experiment>/<model>/<map>/seed=<n>/`."""

    path: Path

    @property
    def identity(self) -> Identity | None:
        """The recorded token, settings and labels; None if there are none."""
        return read_identity(self.path)

    @property
    def token(self) -> str | None:
        """A random word. It changes only if the directory is removed and created again."""
        identity = self.identity
        return identity.token if identity else None

    @property
    def labels(self) -> Labels:
        """The recorded labels, which a moved directory keeps; those of its path if there are none."""
        identity = self.identity
        return identity.labels if identity else labels_of_path(self.path)

    @property
    def config_file(self) -> Path:
        """The resolved configuration. It is written first."""
        return self.path / "config.yaml"

    @property
    def provenance_file(self) -> Path:
        """The commit, the environment and the versions that the numbers come from."""
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
        """A row per fresh test episode of the final model, if `evaluation.final_episodes` is not 0."""
        return self.path / "absolute.csv"

    @property
    def best_file(self) -> Path:
        """The same of the model of the best evaluation."""
        return self.path / "best.csv"

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def checkpoint_file(self) -> Path:
        """The checkpoint that a run is resumed from, written after every evaluation."""
        return self.checkpoints / "last.ckpt"

    @property
    def previous_checkpoint_file(self) -> Path:
        """The checkpoint before it, for the case that the last one is damaged."""
        return self.checkpoints / "previous.ckpt"

    @property
    def best_checkpoint_file(self) -> Path:
        """Networks and counters of the best evaluation, if `evaluation.final_episodes` is not 0."""
        return self.checkpoints / "best.ckpt"

    @property
    def log_file(self) -> Path:
        """The log of the run, with the traceback if it failed."""
        return self.path / "run.log"

    @property
    def progress_file(self) -> Path:
        """The heartbeat of a running run (`aiirmix.runs.heartbeat`)."""
        return self.path / "progress.json"

    @property
    def done_file(self) -> Path:
        """The mark of a run that is done. It is written last."""
        return self.path / "DONE"

    @property
    def failed_file(self) -> Path:
        """The reason of a failure."""
        return self.path / "FAILED"

    @property
    def pruned_file(self) -> Path:
        """The mark of a run that belongs to a trial of tuning which was stopped early."""
        return self.path / "PRUNED"

    @property
    def is_done(self) -> bool:
        """Whether the run is complete."""
        return self.done_file.exists()

    @property
    def is_pruned(self) -> bool:
        """Whether tuning has stopped the trial of this run. A running run stops at its next evaluation."""
        return self.pruned_file.exists()

    @property
    def is_over(self) -> bool:
        """Whether the run is not to be started: it is done, has failed or was pruned."""
        return self.is_done or self.is_pruned or self.failed_file.exists()

    @property
    def has_diverged(self) -> bool:
        """Whether the run failed for its settings' sake, so that another attempt would fail, too."""
        return (self.failure or "").startswith(DIVERGED)

    @property
    def failure(self) -> str | None:
        """Why the run failed; None if it did not."""
        try:
            return self.failed_file.read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            # Another process may clear it at any time.
            return None

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

    def config(self) -> dict[str, Any]:
        """Read the configuration that the run was begun with.

        Raises:
            ConfigError: it is missing or damaged.
        """
        cure = "the command that began the run restores it"
        try:
            config = plain_config(OmegaConf.load(self.config_file))
        except (YAMLError, OmegaConfBaseException, OSError, UnicodeDecodeError, AssertionError) as error:
            raise ConfigError(f"cannot read {self.config_file}: {first_line(error)}; {cure}") from error
        identity = self.identity
        if identity and identity.settings != settings_digest(config):
            raise ConfigError(f"{self.config_file} is damaged: it lacks or changes settings of the run; {cure}")
        return config

    def check(self, config: dict[str, Any]) -> None:
        """Check that this directory is unused or holds a run with this configuration. Change nothing.

        Raises:
            ConfigError: it holds another configuration; the message names the first differing settings.
        """
        self.refuse_old()
        identity = self.identity
        if identity.settings == settings_digest(config) if identity else not self.config_file.exists():
            return
        changes = list(differences(self.config(), config))
        if changes:
            listed = "; ".join(f"{key} is {old} there, {new} here" for key, old, new in changes[:3])
            cure = "give this one its own name=… or remove that folder"
            raise ConfigError(f"{self.path} holds another configuration: {listed}; {cure}")

    def open(self, config: DictConfig) -> None:
        """Create the directory, or accept the one that an earlier process left. Restore a damaged configuration.

        Raises:
            ConfigError: it holds another configuration, or there is no space on the disk.
        """
        wanted = plain_config(config)
        self.check(wanted)
        require_space(self.path, MEGABYTES_PER_RUN)
        self.create(wanted)

    def create(self, config: dict[str, Any], text: str | None = None) -> None:
        """Create the directory of a run that was checked.

        Args:
            config: of the run.
            text: the same as YAML, if the caller has it; writing it takes most of the time.
        """
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        self.restore(config, text)

    def restore(self, config: dict[str, Any], text: str | None = None) -> None:
        """Write the configuration and the identity where they are missing or damaged; `check` comes first."""
        identity = self.identity
        if identity and identity.config == self._config_digest():
            return
        if self._is_config_damaged():
            atomic_write(self.config_file, text or config_text(config))
        token, labels = (identity.token, identity.labels) if identity else (new_token(), self._labels(config))
        written = Identity(token, self._config_digest(), settings_digest(config), labels)
        write_identity(self.path, written)

    def remove_partial_files(self) -> None:
        """Remove the temporary files of a killed process. Only the process that has the lock may call this."""
        for file in [*self.path.glob("*"), *self.checkpoints.rglob("*")]:
            if is_temporary(file):
                file.unlink()

    def mark_done(self) -> None:
        """Mark the run as complete."""
        atomic_write(self.done_file, "")

    def mark_failed(self, reason: str) -> None:
        """Mark the run as failed. It does not run again before `clear_failure`."""
        atomic_write(self.failed_file, f"{reason}\n")

    def clear_failure(self) -> None:
        """Remove the mark of a failure, so that the run is retried."""
        self.failed_file.unlink(missing_ok=True)

    def mark_pruned(self) -> None:
        """Mark the run as stopped early, done or not: no report counts it."""
        atomic_write(self.pruned_file, "")

    def clear_pruned(self) -> None:
        """Remove that mark, so that the run goes on."""
        self.pruned_file.unlink(missing_ok=True)

    def _is_config_damaged(self) -> bool:
        try:
            self.config()
        except ConfigError:
            return True
        return False

    def _config_digest(self) -> str:
        return short_digest(self.config_file.read_bytes()) if self.config_file.exists() else ""

    def _labels(self, config: dict[str, Any]) -> Labels:
        """Return the labels of a run that begins here."""
        labels = labels_of_path(self.path)
        experiment, seed = config.get("name", labels.experiment), config.get("seed", labels.seed)
        return labels._replace(experiment=str(experiment), seed=str(seed))
