"""The spaces of one agent: which are supported, and how observations become vectors and masks."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium.spaces import Dict, Discrete, Space
from gymnasium.spaces.utils import flatdim, flatten
from numpy.typing import NDArray

from aiirmix.common.errors import ConfigError

OBSERVATION, MASK = "observation", "action_mask"
"""Keys of an observation that is a dictionary. The mask may be in the agent's info instead."""


class AgentSpaces:
    """The observations and actions of one agent.

    Args:
        agent: the agent's name, for messages.
        observations: any space that Gymnasium can flatten. A dictionary with a mask also has the key ``observation``.
        actions: a `Discrete`.

    Raises:
        ConfigError: one of the spaces is not supported.
    """

    def __init__(self, agent: object, observations: Space[Any], actions: Space[Any]) -> None:
        if not isinstance(actions, Discrete):
            raise ConfigError(f"the actions of {agent} must be discrete, not {_shown(actions)}")
        self.n_actions, self.first_action = int(actions.n), int(actions.start)
        self.masked, self._space = _without_mask(agent, observations)
        try:
            self.obs_dim = int(flatdim(self._space))
        except (NotImplementedError, ValueError) as error:
            shown = _shown(self._space)
            raise ConfigError(f"the observations of {agent} must have a fixed size, unlike {shown}") from error

    def features(self, observation: Any) -> NDArray[np.float32]:  # noqa: ANN401
        """Return the observation without its mask as a vector."""
        return np.asarray(flatten(self._space, observation[OBSERVATION] if self.masked else observation), np.float32)

    def mask(self, observation: Any, info: Mapping[str, Any], size: int) -> NDArray[np.bool_]:  # noqa: ANN401
        """Return the agent's mask [size], with action 0 available if the environment offers none."""
        mask = np.zeros(size, np.bool_)
        given = observation[MASK] if isinstance(observation, Mapping) and MASK in observation else info.get(MASK, True)
        mask[: self.n_actions] = given
        mask[0] |= not mask.any()
        return mask


def _without_mask(agent: object, observations: Space[Any]) -> tuple[bool, Space[Any]]:
    """Return whether observations hold a mask, and the space of the rest."""
    if not isinstance(observations, Dict) or MASK not in observations.spaces:
        return False, observations
    if OBSERVATION not in observations.spaces:
        raise ConfigError(f"the observations of {agent} have {MASK}, and must have {OBSERVATION}, too")
    return True, observations[OBSERVATION]


def _shown(space: object) -> str:
    return " ".join(str(space).split())
