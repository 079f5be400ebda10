"""All that a run needs to go on with the very numbers of an uninterrupted one."""

import os
from pathlib import Path

import torch

from aiirmix.learners.base import Learner
from aiirmix.training.battles import Battles


def save(path: Path, learner: Learner, battles: Battles) -> None:
    """Writes networks, targets, counters, optimisers and the random state of the explored actions, or nothing at all.

    Battles need no state of their own: their seeds follow from the counters.
    """
    state = {
        "learner": learner.state_dict(),
        "optimizers": {name: optimizer.state_dict() for name, optimizer in learner.optimizers_by_name.items()},
        "actions": battles.generator.get_state(),
    }
    temporary = path.with_suffix(f".{os.getpid()}")
    torch.save(state, temporary)
    os.replace(temporary, path)


def load(path: Path, learner: Learner, battles: Battles) -> bool:
    """Restores what `save` wrote; says whether there was anything."""
    if not path.exists():
        return False
    state = torch.load(path, weights_only=True)
    learner.load_state_dict(state["learner"])
    for name, optimizer in learner.optimizers_by_name.items():
        optimizer.load_state_dict(state["optimizers"][name])
    battles.generator.set_state(state["actions"])
    return True
