"""All that a run needs to go on with the very numbers of an uninterrupted one."""

import logging
import os
from math import ceil
from pathlib import Path

import torch

from aiirmix.common.files import require_space
from aiirmix.learners.base import Learner
from aiirmix.training import replay_files
from aiirmix.training.data_module import BattleData

log = logging.getLogger(__name__)


def save(path: Path, learner: Learner, battles: BattleData, over: bool = False) -> None:
    """Writes networks, targets, counters, optimisers and the random state of the explored actions, or nothing at all.

    Battles need no state of their own: their seeds follow from the counters. Of a replay buffer only the episodes are
    written that the checkpoint before this one has not; none are kept of a run that is `over`.
    """
    folder = _replay_folder(path)
    replay = None if over or learner.replay is None or not learner.replay.saved else learner.replay
    files = replay_files.write_new(folder, replay, _files_of(path)) if replay else []
    state = {
        "learner": learner.state_dict(),
        "optimizers": {name: optimizer.state_dict() for name, optimizer in learner.optimizers_by_name.items()},
        "actions": battles.generator.get_state(),
        "replay": files,
    }
    temporary = path.with_suffix(f".{os.getpid()}")
    torch.save(state, temporary)
    os.replace(temporary, path)
    replay_files.drop_others(folder, files)


def load(path: Path, learner: Learner, battles: BattleData) -> bool:
    """Restores what `save` wrote; says whether there was anything."""
    if not path.exists():
        return False
    state = torch.load(path, weights_only=True)
    learner.load_state_dict(state["learner"])
    for name, optimizer in learner.optimizers_by_name.items():
        optimizer.load_state_dict(state["optimizers"][name])
    battles.generator.set_state(state["actions"])
    if learner.replay is not None and state["replay"]:
        replay_files.read(_replay_folder(path), learner.replay, state["replay"])
    elif learner.replay is not None and int(learner.episodes):
        log.warning(
            "the checkpoint holds no episodes: the replay buffer fills anew, nothing is learnt until it holds a batch, "
            "and the numbers will differ from those of an uninterrupted run"
        )
    return True


def require_space_for_replay(path: Path, learner: Learner, budget: int) -> None:
    """Makes sure that there is space for the episodes that checkpoints of this learner may come to hold.

    Args:
        path: of the checkpoint.
        learner: who plays.
        budget: the environment steps of the whole run, and so the most episodes that it can play.

    Raises:
        ConfigError: there is not.
    """
    replay = learner.replay
    if replay is not None and replay.saved:
        most = replay.megabytes * min(1.0, budget / replay.capacity)
        there = sum(file.stat().st_size for file in _replay_folder(path).glob("*")) / 1e6
        require_space(path.parent, ceil(max(most - there, 0)), "the saved replay buffer (model.replay.saved)")


def _replay_folder(path: Path) -> Path:
    return path.with_suffix(".replay")


def _files_of(path: Path) -> list[str]:
    """The replay files that the checkpoint names, if there is one."""
    names: list[str] = torch.load(path, weights_only=True)["replay"] if path.exists() else []
    return names
