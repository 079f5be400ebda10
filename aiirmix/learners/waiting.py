"""A batch that the next one judges (`model/meta_data=next`), in plain containers that a checkpoint can hold."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import torch
from lightning_fabric.utilities.apply_func import move_data_to_device
from torch import Tensor

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.credit import ActorStep
from aiirmix.learners.rollout import Rollout
from aiirmix.learners.value_function import Values

State = dict[str, Any]
"""Tensors, numbers and None in lists and dictionaries."""


class Waiting(NamedTuple):
    """What reward parameters need to learn from a batch later."""

    rollout: Rollout
    """what the actors learnt from, with log π_old"""
    values: Values
    """of the agent critic"""
    path: Sequence[ActorStep]
    """the actors' steps"""
    r_in: Tensor | None
    """[M, N], what a source paid that will give other rewards by then; None: the source is to be asked again"""
    diagnose: bool
    """whether costly metrics are logged of the batch"""


def state_of(waiting: Waiting) -> State:
    """Return the batch in containers that a checkpoint can hold."""
    rollout, values, path, r_in, diagnose = waiting
    return {
        "diagnose": diagnose,
        "r_in": r_in,
        "batch": {field.name: getattr(rollout.batch, field.name) for field in fields(rollout.batch)},
        "rollout": {name: getattr(rollout, name) for name in ("advantages", "extrinsic", "log_old")},
        "values": {"now": values.now, "bootstrap": values.bootstrap},
        "path": [
            {"theta": dict(s.theta), "episodes": s.episodes, "weight": s.weight, "preconditioner": s.preconditioner}
            for s in path
        ],
    }


def restored(state: State, device: torch.device) -> Waiting:
    """Invert `state_of` on a device. Critics have learnt from the batch, so their targets are absent."""
    state = move_data_to_device(state, device)
    rollout = Rollout(EpisodeBatch(**state["batch"]), critics={}, **state["rollout"])
    path = [ActorStep(part=rollout.select(step["episodes"]), **step) for step in state["path"]]
    values = Values(live=state["values"]["now"], **state["values"])
    return Waiting(rollout, values, path, state["r_in"], state["diagnose"])
