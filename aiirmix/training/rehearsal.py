"""Build what a configuration names, without playing: parts that contradict each other show before a run starts."""

import importlib
import warnings
from contextlib import closing
from typing import Any

import torch
from omegaconf import OmegaConf

from aiirmix.training.build import build


def rehearse(config: dict[str, Any]) -> None:
    """Build the environment and the learner of a run, and drop them. Nothing random is drawn from what runs draw from.

    An environment that needs more than its package, such as StarCraft II, may exist only where the run is played. It is
    not built, and neither is its learner.

    Raises:
        InstantiationException: a part refuses its arguments, or those of another part.
        ConfigError: the learner does not fit the environment.
    """
    if not _is_self_contained(config["env"]["_target_"]):
        return
    with warnings.catch_warnings(action="ignore"), torch.random.fork_rng(devices=[]):
        with closing(build(OmegaConf.create(config["env"]))) as env:
            learner = build(OmegaConf.create(config["model"]), spec=env.spec, seed=config["seed"])
        learner.configure_optimizers()


def environment_name(env: dict[str, Any]) -> str:
    """Return the name of a configured environment, version included; its class if it may exist only where it is played.

    Raises:
        InstantiationException: it refuses its arguments.
    """
    if not _is_self_contained(env["_target_"]):
        return str(env["_target_"])
    with closing(build(OmegaConf.create(env))) as built:
        return str(built.spec.name)


def _is_self_contained(target: str) -> bool:
    """Whether a target says so of itself. A class does not inherit it, as it may need more than its base."""
    module, _, name = target.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except Exception:
        return False
    return bool(getattr(found, "__dict__", {}).get("SELF_CONTAINED", False))
