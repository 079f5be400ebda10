"""Checkpoints: all that a run needs to continue with the numbers of an uninterrupted one."""

import logging
import os
import shutil
from collections.abc import Callable, Mapping
from math import ceil
from pathlib import Path
from typing import Any

from lightning_fabric.plugins import TorchCheckpointIO
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_file, require_space
from aiirmix.data.replay import ReplayBuffer
from aiirmix.learners.base import Learner
from aiirmix.runs.directory import RunDirectory
from aiirmix.training import replay_files
from aiirmix.training.data_module import battles_of
from aiirmix.training.tensor_files import load_tensors, save_tensors

log = logging.getLogger(__name__)


class SafeCheckpointIO(TorchCheckpointIO):
    """Checkpoint files that are whole or absent, and that execute no code when they are loaded."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: object = None
    ) -> None:
        """Write the whole file or none of it.

        Raises:
            ConfigError: the disk is full.
        """
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        save_tensors(checkpoint, file)

    def load_checkpoint(
        self,
        path: str | os.PathLike[str],
        map_location: Callable[..., Any] | None = None,
        weights_only: bool | None = True,
    ) -> dict[str, Any]:
        """Load tensors and plain containers, onto the processor."""
        return load_checkpoint(Path(path))


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Load a checkpoint onto the processor, without executing code.

    Raises:
        ConfigError: there is no such file, it is damaged, or it is not a checkpoint of a run.
    """
    state = load_tensors(path)
    networks = state.get("state_dict") if isinstance(state, dict) else None
    if not (isinstance(networks, Mapping) and "env_steps" in networks):
        raise ConfigError(f"{path} is not the checkpoint of a run")
    return dict(state)


def env_steps_of(checkpoint: Mapping[str, Any]) -> int:
    """Return the environment steps that the model in a checkpoint was trained for."""
    return int(checkpoint["state_dict"]["env_steps"])


def replay_files_of(checkpoint: Mapping[str, Any]) -> list[str]:
    """Return the names of the replay files that belong to a checkpoint."""
    states = checkpoint.get("callbacks", {}).values()
    return [name for state in states if "replay_files" in state for name in state["replay_files"]]


class LastCheckpoint(Checkpoint):
    """Write `checkpoints/last.ckpt` after every evaluation, and keep the one before as `previous.ckpt`.

    The replay buffer is beside them. Of its episodes only those are written that the checkpoint before has not. A run
    that is over or was pruned keeps none.
    """

    def __init__(self) -> None:
        self.replay_files: list[str] = []

    def state_dict(self) -> dict[str, Any]:
        """Return the names of the replay files that belong to the checkpoint."""
        return {"replay_files": self.replay_files}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.replay_files = list(state_dict["replay_files"])

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Fill the replay buffer of a resumed run, and make sure that there is space for its files.

        Raises:
            ConfigError: there is not.
        """
        assert isinstance(pl_module, Learner)
        battles = battles_of(trainer)
        if battles.is_over or pl_module.replay is None:
            return
        self._fill(_path(trainer), pl_module, pl_module.replay)
        require_space_for_replay(_path(trainer), pl_module, battles.budget)

    def on_sanity_check_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save the untrained model."""
        self._save(trainer, pl_module)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save the model that was just evaluated."""
        self._save(trainer, pl_module)

    def _save(self, trainer: Trainer, pl_module: LightningModule) -> None:
        assert isinstance(pl_module, Learner)
        path, replay, before = _path(trainer), _saved_replay(pl_module), self.replay_files
        directory = RunDirectory(Path(trainer.default_root_dir))
        if replay is None or battles_of(trainer).is_over or directory.is_pruned:
            before = self.replay_files = []
        else:
            self.replay_files = replay_files.write_new(replay_folder(path), replay, before)
        _keep_as(directory.previous_checkpoint_file, path)
        trainer.save_checkpoint(path)
        replay_files.drop_others(replay_folder(path), [*before, *self.replay_files])

    def _fill(self, path: Path, learner: Learner, replay: ReplayBuffer) -> None:
        if self.replay_files:
            replay_files.read(replay_folder(path), replay, self.replay_files)
        elif int(learner.episodes):
            log.warning(
                "the checkpoint holds no episodes: the replay buffer fills anew, nothing is learnt until it holds a "
                "batch, and the numbers will differ from those of an uninterrupted run"
            )


def require_space_for_replay(path: Path, learner: Learner, budget: int) -> None:
    """Make sure that there is space for the episodes that checkpoints of this learner may hold.

    Args:
        path: of the checkpoint.
        learner: owns the replay buffer.
        budget: the environment steps of the whole run, and so the most episodes that it can play.

    Raises:
        ConfigError: there is not.
    """
    replay = _saved_replay(learner)
    if replay is not None:
        most = replay.megabytes * min(1.0, budget / replay.capacity)
        present = sum(file.stat().st_size for file in replay_folder(path).glob("*")) / 1e6
        require_space(path.parent, ceil(max(most - present, 0)), "the saved replay buffer (model.replay.saved)")


def _saved_replay(learner: Learner) -> ReplayBuffer | None:
    return learner.replay if learner.replay is not None and learner.replay.saved else None


def _path(trainer: Trainer) -> Path:
    return RunDirectory(Path(trainer.default_root_dir)).checkpoint_file


def replay_folder(checkpoint: Path) -> Path:
    """Return the folder of the episodes that checkpoints of a run need."""
    return checkpoint.with_name("last.replay")


def _keep_as(previous: Path, last: Path) -> None:
    """Give the last checkpoint a second name, so that the next one does not replace the only good file."""
    if last.exists():
        with atomic_file(previous) as temporary:
            try:
                os.link(last, temporary)
            except OSError:
                shutil.copyfile(last, temporary)
