"""One copy of a PettingZoo parallel environment: made, reset and stepped, with errors in one line."""

import importlib
import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

import numpy as np
from pettingzoo import ParallelEnv

from aiirmix.common.errors import ConfigError, in_a_line
from aiirmix.envs.pettingzoo.requirements import require_module

Agent = Hashable
"""The name of an agent; any hashable value, e.g. ``"runner_0"`` or ``0``."""
Parallel = ParallelEnv[Any, Any, Any]


class Played(NamedTuple):
    """What `step` returns, each by agent."""

    observations: Mapping[Agent, Any]
    rewards: Mapping[Agent, float]
    terminations: Mapping[Agent, bool]
    truncations: Mapping[Agent, bool]
    infos: Mapping[Agent, Mapping[str, Any]]

    def ended(self, agent: Agent) -> bool:
        """Whether an agent ended in this step."""
        return bool(self.terminations.get(agent) or self.truncations.get(agent))

    def reports(self, key: str) -> bool:
        """Whether an agent's info has a true value under a key."""
        return any(info.get(key) for info in self.infos.values())


def make(module: str, arguments: Mapping[str, Any]) -> Parallel:
    """Build a copy of the environment that a module defines.

    Raises:
        ConfigError: there is no such environment, or it does not take these arguments.
    """
    require_module(module)
    try:
        found = importlib.import_module(module)
    except Exception as error:
        raise ConfigError(f"env.module={module} cannot be imported: {in_a_line(error)}") from error
    build: Callable[..., Parallel] | None = getattr(found, "parallel_env", None)
    if build is None:
        raise ConfigError(f"env.module={module} defines no parallel_env: it must be a parallel environment")
    try:
        return build(**arguments)
    except Exception as error:
        raise ConfigError(f"env.arguments: {module}: {in_a_line(error)}") from error


def reset(copy: Parallel, seed: int) -> tuple[Mapping[Agent, Any], Mapping[Agent, Mapping[str, Any]]]:
    """Reset a copy; return its observations and infos by agent.

    Raises:
        ConfigError: it returns observations only, as PettingZoo's environments once did.
    """
    result = copy.reset(seed=seed)
    if not isinstance(result, tuple) or len(result) != 2:
        raise ConfigError("its reset must return observations and infos (PettingZoo 1.23 or later)")
    return result


def step(copy: Parallel, actions: Mapping[Agent, Any]) -> Played:
    """Play one action for each agent.

    Raises:
        ConfigError: the copy does not tell terminations from truncations, as PettingZoo's environments once did.
    """
    result = copy.step(dict(actions))
    if len(result) != len(Played._fields):
        raise ConfigError(f"its step must return {', '.join(Played._fields)} (PettingZoo 1.23 or later)")
    return Played(*result)


def possible_agents(copy: Parallel) -> list[Agent]:
    """Return all agents of a copy that was reset: `possible_agents`, or those at the start if it has none."""
    return list(getattr(copy, "possible_agents", None) or copy.agents)


def has_state(copy: Parallel) -> bool:
    """Whether a copy that was reset has a global state."""
    try:
        return bool(np.asarray(copy.state()).size)
    except (NotImplementedError, AttributeError):
        return False


def kind(agent: Agent) -> str:
    """Return an agent's name without its number, ``agent`` if nothing is left."""
    words = re.sub(r"\W+", "_", str(agent)).strip("_")
    return words.rstrip("0123456789").rstrip("_") or "agent"
