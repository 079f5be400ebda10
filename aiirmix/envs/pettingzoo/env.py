"""A PettingZoo parallel environment as a batch: one copy per episode, stepped one after another.

Letters in shapes: B episodes, N agents, A actions, O observation features, S state features.
"""

import hashlib
import importlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from statistics import fmean
from typing import Any, Literal

import numpy as np
from gymnasium.spaces import Dict, Discrete, Space
from gymnasium.spaces.utils import flatdim, flatten
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from aiirmix.common.errors import ConfigError
from aiirmix.envs.pettingzoo.requirements import require_module
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome, refuse_unavailable

OBSERVATION, MASK = "observation", "action_mask"
"""Keys of an observation that is a dictionary. The mask may be in the agent's info instead."""
TEAM_REWARDS: dict[str, Callable[[list[float]], float]] = {"mean": fmean, "sum": sum}
Parallel = ParallelEnv[str, Any, Any]


class PettingZoo:
    """The `BatchEnv` of a PettingZoo environment.

    The agents are `possible_agents`. An agent that has left is dead: it sees zeros, and action 0 is its only action.
    Observations are flattened and padded to the length of the longest. Agents with fewer actions than others have the
    missing ones masked. The state is the environment's `state()` or, if it has none, all observations concatenated.

    Args:
        module: the module of the environment, e.g. ``mpe2.simple_spread_v3``, which defines `parallel_env`.
        arguments: the keyword arguments of `parallel_env`.
        episode_limit: the number of steps after which an episode is truncated.
        team_reward: how the agents' rewards are combined into the reward of the team.
        won: the key of an agent's info that is true when the team has reached its goal; None: there is no goal.

    Raises:
        ConfigError: there is no such environment, or an agent's actions are not discrete.
    """

    def __init__(
        self,
        module: str,
        arguments: dict[str, Any],
        episode_limit: int,
        team_reward: Literal["mean", "sum"],
        won: str | None,
    ) -> None:
        self.module, self.arguments, self.won = module, arguments, won
        self.team_reward = TEAM_REWARDS[team_reward]
        self.copies = [self._make()]
        self.agents: list[str] = list(self.copies[0].possible_agents)
        self._require_discrete()
        self._spec = self._describe(episode_limit)
        self.over, self.time = np.ones(0, np.bool_), 0
        self.avail = np.zeros((0, len(self.agents), self._spec.n_actions), np.bool_)

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names."""
        return self._spec

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one episode per seed; see `BatchEnv`."""
        out = out or Frame.zeros(self.spec, len(seeds))
        self.copies += [self._make() for _ in range(len(seeds) - len(self.copies))]
        self.over, self.time = np.zeros(len(seeds), np.bool_), 0
        self.avail = np.zeros((len(seeds), *self.avail.shape[1:]), np.bool_)
        for b, seed in enumerate(seeds.tolist()):
            observations, infos = self.copies[b].reset(seed=seed)
            self._write(b, observations, infos, self.copies[b].agents, out)
        return out

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Play the joint actions [B, N]; see `BatchEnv`."""
        frame, outcome = out or (Frame.zeros(self.spec, len(actions)), Outcome.zeros(len(actions)))
        refuse_unavailable(actions, self.avail, ~self.over)
        self.time += 1
        for b in np.flatnonzero(~self.over).tolist():
            self._step_copy(b, actions[b], frame, outcome)
        return frame, outcome

    def close(self) -> None:
        """Close all copies. PettingZoo opens them again when they are reset."""
        for copy in self.copies:
            copy.close()  # type: ignore[no-untyped-call]

    def _make(self) -> Parallel:
        require_module(self.module)
        make = getattr(importlib.import_module(self.module), "parallel_env", None)
        if make is None:
            raise ConfigError(f"env.module={self.module} defines no parallel_env: it must be a parallel environment")
        try:
            copy: Parallel = make(**self.arguments)
        except TypeError as error:
            raise ConfigError(f"env.arguments: {self.module}: {error}") from error
        return copy

    def _require_discrete(self) -> None:
        for agent in self.agents:
            space = self.copies[0].action_space(agent)
            if not isinstance(space, Discrete):
                raise ConfigError(f"env.module={self.module}: the actions of {agent} must be discrete, not {space}")

    def _describe(self, episode_limit: int) -> EnvSpec:
        copy = self.copies[0]
        sizes = [flatdim(_unmasked(copy.observation_space(agent))) for agent in self.agents]
        copy.reset(seed=0)
        self._has_state = _has_state(copy)
        state_dim = np.asarray(copy.state()).size if self._has_state else len(self.agents) * max(sizes)
        return EnvSpec(
            name=self._name(),
            n_agents=len(self.agents),
            n_actions=max(int(self._actions(agent).n) for agent in self.agents),
            obs_dim=max(sizes),
            state_dim=state_dim,
            episode_limit=episode_limit,
            agent_types=tuple(agent.rstrip("0123456789").rstrip("_") or agent for agent in self.agents),
        )

    def _name(self) -> str:
        """Name the package with its version, the module, and a digest of the arguments."""
        package = self.module.partition(".")[0]
        with suppress(PackageNotFoundError):
            package = f"{package}-{version(package)}"
        digest = hashlib.sha256(json.dumps(self.arguments, sort_keys=True).encode()).hexdigest()[:8]
        return f"{package}/{self.module.rpartition('.')[2]}/{digest}"

    def _actions(self, agent: str) -> Discrete:
        space = self.copies[0].action_space(agent)
        assert isinstance(space, Discrete)
        return space

    def _step_copy(self, b: int, actions: NDArray[np.int64], frame: Frame, outcome: Outcome) -> None:
        copy = self.copies[b]
        chosen = {agent: actions[self.agents.index(agent)] + self._actions(agent).start for agent in copy.agents}
        observations, rewards, terminations, truncations, infos = copy.step(chosen)
        remaining = [agent for agent in chosen if not terminations[agent]]
        out_of_time = self.time >= self.spec.episode_limit or any(truncations.values())
        ended = not remaining or not copy.agents or out_of_time
        outcome.reward[b] = self.team_reward([rewards[agent] for agent in chosen])
        outcome.terminated[b] = ended and not (out_of_time and remaining)
        outcome.truncated[b] = ended and not outcome.terminated[b]
        outcome.won[b] = ended and self.won is not None and any(infos[agent].get(self.won) for agent in chosen)
        self.over[b] = ended
        self._write(b, observations, infos, remaining, frame)

    def _write(
        self, b: int, observations: Mapping[str, Any], infos: Mapping[str, Any], living: list[str], frame: Frame
    ) -> None:
        """Write row b of the frame; `living` are the agents that can still act."""
        frame.obs[b] = 0.0
        frame.avail[b] = np.arange(self.spec.n_actions) == 0
        for i, agent in enumerate(self.agents):
            frame.alive[b, i] = agent in living
            if agent in living:
                features = _flat(self.copies[b].observation_space(agent), observations[agent])
                frame.obs[b, i, : len(features)] = features
                frame.avail[b, i] = self._mask(agent, observations[agent], infos.get(agent, {}))
        frame.state[b] = np.asarray(self.copies[b].state()).ravel() if self._has_state else frame.obs[b].ravel()
        self.avail[b] = frame.avail[b]

    def _mask(self, agent: str, observation: Any, info: Mapping[str, Any]) -> NDArray[np.bool_]:  # noqa: ANN401
        """Return the agent's mask [A], with action 0 available if the environment offers none."""
        mask = np.zeros(self.spec.n_actions, np.bool_)
        given = observation[MASK] if isinstance(observation, Mapping) and MASK in observation else info.get(MASK, True)
        mask[: int(self._actions(agent).n)] = given
        mask[0] |= not mask.any()
        return mask


def _unmasked(space: Space[Any]) -> Space[Any]:
    """Return the part of an observation space that is not the mask."""
    return space[OBSERVATION] if isinstance(space, Dict) and MASK in space.spaces else space


def _flat(space: Space[Any], observation: Any) -> NDArray[np.float32]:  # noqa: ANN401
    unmasked = _unmasked(space)
    return np.asarray(flatten(unmasked, observation if unmasked is space else observation[OBSERVATION]), np.float32)


def _has_state(copy: Parallel) -> bool:
    try:
        return bool(np.asarray(copy.state()).size)
    except (NotImplementedError, AttributeError):
        return False
