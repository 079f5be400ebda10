"""All that a run needs to go on with the very numbers of an uninterrupted one."""

import logging
import os
from pathlib import Path

import torch

from aiirmix.learners.base import Learner
from aiirmix.training import replay_files
from aiirmix.training.battles import Battles

log = logging.getLogger(__name__)


def save(path: Path, learner: Learner, battles: Battles, over: bool = False) -> None:
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


def load(path: Path, learner: Learner, battles: Battles) -> bool:
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


def _replay_folder(path: Path) -> Path:
    return path.with_suffix(".replay")


def _files_of(path: Path) -> list[str]:
    """The replay files that the checkpoint names, if there is one."""
    names: list[str] = torch.load(path, weights_only=True)["replay"] if path.exists() else []
    return names
