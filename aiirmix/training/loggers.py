"""Where metrics go beyond the run directory: Weights & Biases and TensorBoard, always against environment steps.

A logger is a context manager around a run: on entry it gives a function that takes one row of metrics, `env_steps`
among them; on exit it closes what it opened, and knows from the exception whether the run failed.
"""

import hashlib
import json
import logging
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.request import urlopen

from aiirmix.common.files import atomic_write
from aiirmix.runs.config import WITHOUT_EFFECT, leaves
from aiirmix.runs.directory import RunDirectory

Log = Callable[[Mapping[str, float]], None]
Mode = Literal["auto", "online", "offline"]

log = logging.getLogger(__name__)

TAG_LENGTH, GROUP_LENGTH = 64, 128
"""W&B's limits, in characters."""


@contextmanager
def wandb_logger(cfg: dict[str, Any], directory: RunDirectory, project: str, mode: Mode) -> Iterator[Log]:
    """Weights & Biases: one W&B run for one run, also when it is interrupted and resumed.

    Runs that differ in nothing but their seed have the same group. All files are in the run directory.

    Args:
        cfg: the run's resolved configuration.
        directory: of the run.
        project: on the W&B site.
        mode: ``auto`` is what `WANDB_MODE` says, else online if there is an account and a network, else offline.

    Raises:
        wandb.errors.Error: `mode` is online, and W&B cannot be reached.
    """
    import wandb

    *_, model, world, _ = directory.path.parts
    run = wandb.init(
        project=project,
        id=_run_id(directory),
        resume="allow",
        name="/".join(directory.path.parts[-4:]),
        group=group(cfg, directory),
        tags=[tag[:TAG_LENGTH] for tag in (model, world)],
        config={**cfg, "directory": str(directory.path)},
        dir=directory.path,
        mode=_online_or_offline() if mode == "auto" else mode,
        settings=wandb.Settings(quiet=True, console="off"),
    )
    run.define_metric("env_steps")
    run.define_metric("*", step_metric="env_steps")
    if run.offline:
        log.info("W&B is offline; to send the run later: wandb sync %s", directory.path / "wandb" / "offline-run-*")
    try:
        yield lambda row: run.log(dict(row))
    except BaseException:
        run.finish(exit_code=1)
        raise
    run.finish()


@contextmanager
def tensorboard_logger(cfg: dict[str, Any], directory: RunDirectory) -> Iterator[Log]:
    """TensorBoard: event files in the run directory's `tensorboard`, the configuration among its texts.

    Args:
        cfg: the run's resolved configuration.
        directory: of the run.
    """
    from torch.utils.tensorboard import SummaryWriter

    def write_row(row: Mapping[str, float]) -> None:
        for name in row.keys() - {"env_steps"}:
            writer.add_scalar(name, row[name], int(row["env_steps"]))

    with SummaryWriter(directory.path / "tensorboard") as writer:
        writer.add_text("config", f"```\n{json.dumps(cfg, indent=2)}\n```")
        yield write_row


def group(cfg: dict[str, Any], directory: RunDirectory) -> str:
    """`<name>/<model>/<map>` and a digest of all settings that matter, the seed aside."""
    matters = [(key, value) for key, value in leaves(cfg) if key != "seed" and not key.startswith(WITHOUT_EFFECT)]
    digest = hashlib.sha256(json.dumps(sorted(matters)).encode()).hexdigest()[:8]
    return f"{'/'.join(directory.path.parts[-4:-1])[: GROUP_LENGTH - 9]}-{digest}"


def _run_id(directory: RunDirectory) -> str:
    """Drawn once and kept in the run directory: a directory that is deleted and filled again is another W&B run."""
    file = directory.path / "wandb_id"
    if not file.exists():
        atomic_write(file, secrets.token_hex(8))
    return file.read_text(encoding="utf-8")


def _online_or_offline() -> Literal["online", "offline"] | None:
    """None leaves the decision to W&B's own environment variable."""
    import wandb

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
