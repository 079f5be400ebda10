"""Weights & Biases."""

import logging
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.request import urlopen

import wandb
from pytorch_lightning.loggers import WandbLogger

from aiirmix.runs.config import settings_digest
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory

Mode = Literal["auto", "online", "offline"]

log = logging.getLogger(__name__)

TAG_LENGTH, GROUP_LENGTH = 64, 128
"""W&B's limits, in characters."""

FLUSH_EVERY = 1.0
"""Seconds until an offline row is in its file."""


class RunWandbLogger(WandbLogger):
    """One W&B run for one run directory, also when the run is interrupted and resumed.

    Each part of a resumed run sends the rows before it again, under their own steps, so that it is complete whatever
    became of the earlier parts. W&B ignores steps that it has. The files of earlier offline parts are removed when the
    new part has been written as far. Runs that differ only in their seed share a group.

    Args:
        save_dir: the run directory, with no rows but those of the checkpoint that the run is resumed from.
        project: on the W&B site.
        mode: ``auto`` is the value of `WANDB_MODE`, else online if there is an account and a network, else offline.

    Raises:
        wandb.errors.Error: `mode` is online, and W&B cannot be reached.
    """

    def __init__(self, save_dir: Path, project: str, mode: Mode) -> None:
        directory = RunDirectory(Path(save_dir))
        self.replaced = list((directory.path / "wandb").glob("offline-run-*"))
        run = _start(directory, project, online_or_offline() if mode == "auto" else mode)
        super().__init__(experiment=run, save_dir=save_dir, project=project)
        for row in Table(directory.metrics_file).rows():
            step = int(row.pop("env_steps"))
            self.log_metrics({key: float(value) for key, value in row.items() if value}, step)

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Send a row."""
        self.experiment.log({**metrics, "env_steps": step}, step=step)
        own = _bytes_of(Path(self.experiment.dir).parent)
        self._remove([part for part in self.replaced if _bytes_of(part) <= own])

    def finalize(self, status: str) -> None:
        """End the W&B run, so that the next run of this process gets its own."""
        super().finalize(status)
        self.experiment.finish(exit_code=int(status != "success"))
        self._remove(list(self.replaced))

    def _remove(self, parts: Collection[Path]) -> None:
        for part in parts:
            shutil.rmtree(part, ignore_errors=True)
        self.replaced = [part for part in self.replaced if part not in parts]


def _start(directory: RunDirectory, project: str, mode: Literal["online", "offline"] | None) -> Any:  # noqa: ANN401 - wandb is untyped
    cfg = directory.config()
    # A run that is killed leaves what was flushed. By default that is done every 15 s, and not at all in old versions.
    flushed: dict[str, Any] = {
        name: FLUSH_EVERY for name in ("x_transaction_log_flush_interval",) if name in wandb.Settings.model_fields
    }
    run = wandb.init(
        project=project,
        id=directory.token,
        resume="allow",
        name=f"{_experiment_model_map(directory)}/seed={directory.labels.seed}",
        group=group(cfg, directory),
        tags=[tag[:TAG_LENGTH] for tag in directory.labels[1:3]],
        config={**cfg, "directory": str(directory.path)},
        dir=directory.path,
        mode=mode,
        settings=wandb.Settings(quiet=True, console="off", reinit="finish_previous", **flushed),
    )
    run.define_metric("env_steps")
    run.define_metric("*", step_metric="env_steps")
    if run.offline:
        log.info("W&B is offline; to send the run later: wandb sync %s", directory.path / "wandb" / "offline-run-*")
    return run


def _bytes_of(part: Path) -> int:
    """Return the size of what would be sent of an offline part."""
    return sum(file.stat().st_size for file in part.glob("*.wandb"))


def group(cfg: dict[str, Any], directory: RunDirectory) -> str:
    """Return `<name>/<model>/<map>` and a digest of all settings that matter, the seed aside."""
    digest = settings_digest(cfg, ignored=("seed",))
    return f"{_experiment_model_map(directory)[: GROUP_LENGTH - 9]}-{digest}"


def _experiment_model_map(directory: RunDirectory) -> str:
    return "/".join(directory.labels[:3])


def online_or_offline() -> Literal["online", "offline"] | None:
    """Decide the mode ``auto``; None leaves the decision to W&B's own environment variable."""
    if "WANDB_MODE" in os.environ:
        return None
    reachable = _answers(wandb.setup().settings.base_url) and wandb.login(prompt=False, verify=False)
    return "online" if reachable else "offline"


def _answers(url: str) -> bool:
    """Whether anything answers at the address within three seconds."""
    try:
        urlopen(url, timeout=3).close()
    except HTTPError:
        return True
    except OSError:
        return False
    return True
