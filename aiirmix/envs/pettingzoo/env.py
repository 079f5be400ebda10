"""PettingZoo's parallel environments as a batch: one copy for each battle, stepped one after another.

Letters in shapes: B battles, N agents, A actions, O observation features, S state features.
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
from aiirmix.envs.pettingzoo.needs import find_module
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome, refuse_unavailable

OBSERVATION, MASK = "observation", "action_mask"
"""Keys of observations that are dictionaries; a mask may also stand in an agent's info."""
TEAM: dict[str, Callable[[list[float]], float]] = {"mean": fmean, "sum": sum}
Parallel = ParallelEnv[str, Any, Any]


class PettingZoo:
    """The `BatchEnv` of a PettingZoo environment.

    Agents are `possible_agents`. One that has left is dead: it sees zeros and has action 0 alone. Observations are
    flattened, and padded to the longest; so are actions, and what an agent lacks is not available. The state is the
    environment's `state()`, or else all observations side by side.

    Args:
        module: of the environment, e.g. ``mpe2.simple_spread_v3``; its `parallel_env` makes one.
        arguments: of `parallel_env`.
        episode_limit: most steps of an episode; longer ones are truncated.
        team_reward: what the team is paid of its agents' rewards.
        won: the key of an agent's info that says whether the team has reached its goal; None: it cannot be won.

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
        self.team_reward = TEAM[team_reward]
        self.games = [self._make()]
        self.agents: list[str] = list(self.games[0].possible_agents)
        self._require_discrete()
        self._spec = self._describe(episode_limit)
        self.over, self.time = np.ones(0, np.bool_), 0
        self.avail = np.zeros((0, len(self.agents), self._spec.n_actions), np.bool_)

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names; constant."""
        return self._spec

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Starts one episode per seed; see `BatchEnv`."""
        out = out or Frame.zeros(self.spec, len(seeds))
        self.games += [self._make() for _ in range(len(seeds) - len(self.games))]
        self.over, self.time = np.zeros(len(seeds), np.bool_), 0
        self.avail = np.zeros((len(seeds), *self.avail.shape[1:]), np.bool_)
        for b, seed in enumerate(seeds.tolist()):
            observations, infos = self.games[b].reset(seed=seed)
            self._show(b, observations, infos, self.games[b].agents, out)
        return out

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Plays the joint actions [B, N]; see `BatchEnv`."""
        frame, outcome = out or (Frame.zeros(self.spec, len(actions)), Outcome.zeros(len(actions)))
        refuse_unavailable(actions, self.avail, ~self.over)
        self.time += 1
        for b in np.flatnonzero(~self.over).tolist():
            self._play(b, actions[b], frame, outcome)
        return frame, outcome

    def close(self) -> None:
        """Closes all copies; they open again when they are needed."""
        for game in self.games:
            game.close()  # type: ignore[no-untyped-call]

    def _make(self) -> Parallel:
        find_module(self.module)
        make = getattr(importlib.import_module(self.module), "parallel_env", None)
        if make is None:
            raise ConfigError(f"env.module={self.module} has no parallel_env: it is no parallel PettingZoo environment")
        try:
            game: Parallel = make(**self.arguments)
        except TypeError as error:
            raise ConfigError(f"env.arguments: {self.module}: {error}") from error
        return game

    def _require_discrete(self) -> None:
        for agent in self.agents:
            space = self.games[0].action_space(agent)
            if not isinstance(space, Discrete):
                raise ConfigError(f"env.module={self.module}: the actions of {agent} must be discrete, not {space}")

    def _describe(self, episode_limit: int) -> EnvSpec:
        game = self.games[0]
        sizes = [flatdim(_seen(game.observation_space(agent))) for agent in self.agents]
        game.reset(seed=0)
        self._has_state = _has_state(game)
        state_dim = np.asarray(game.state()).size if self._has_state else len(self.agents) * max(sizes)
        return EnvSpec(
            name=self._name(),
            n_agents=len(self.agents),
            n_actions=max(int(self._space(agent).n) for agent in self.agents),
            obs_dim=max(sizes),
            state_dim=state_dim,
            episode_limit=episode_limit,
            agent_types=tuple(agent.rstrip("0123456789").rstrip("_") or agent for agent in self.agents),
        )

    def _name(self) -> str:
        """Package and version, module, and a digest of the arguments: all that makes one world another."""
        package = self.module.partition(".")[0]
        with suppress(PackageNotFoundError):
            package = f"{package}-{version(package)}"
        digest = hashlib.sha256(json.dumps(self.arguments, sort_keys=True).encode()).hexdigest()[:8]
        return f"{package}/{self.module.rpartition('.')[2]}/{digest}"

    def _space(self, agent: str) -> Discrete:
        space = self.games[0].action_space(agent)
        assert isinstance(space, Discrete)
        return space

    def _play(self, b: int, actions: NDArray[np.int64], frame: Frame, outcome: Outcome) -> None:
        game = self.games[b]
        chosen = {agent: actions[self.agents.index(agent)] + self._space(agent).start for agent in game.agents}
        observations, rewards, terminations, truncations, infos = game.step(chosen)
        staying = [agent for agent in chosen if not terminations[agent]]
        out_of_time = self.time >= self.spec.episode_limit or any(truncations.values())
        ended = not staying or not game.agents or out_of_time
        outcome.reward[b] = self.team_reward([rewards[agent] for agent in chosen])
        outcome.terminated[b] = ended and not (out_of_time and staying)
        outcome.truncated[b] = ended and not outcome.terminated[b]
        outcome.won[b] = ended and self.won is not None and any(infos[agent].get(self.won) for agent in chosen)
        self.over[b] = ended
        self._show(b, observations, infos, staying, frame)

    def _show(
        self, b: int, observations: Mapping[str, Any], infos: Mapping[str, Any], staying: list[str], frame: Frame
    ) -> None:
        """Writes what there is to see of game b, in which these agents can still act."""
        frame.obs[b] = 0.0
        frame.avail[b] = np.arange(self.spec.n_actions) == 0
        for i, agent in enumerate(self.agents):
            frame.alive[b, i] = agent in staying
            if agent in staying:
                seen = _flat(self.games[b].observation_space(agent), observations[agent])
                frame.obs[b, i, : len(seen)] = seen
                frame.avail[b, i] = self._mask(agent, observations[agent], infos.get(agent, {}))
        frame.state[b] = np.asarray(self.games[b].state()).ravel() if self._has_state else frame.obs[b].ravel()
        self.avail[b] = frame.avail[b]

    def _mask(self, agent: str, observation: Any, info: Mapping[str, Any]) -> NDArray[np.bool_]:  # noqa: ANN401
        """[A]; action 0 where the environment leaves nothing."""
        mask = np.zeros(self.spec.n_actions, np.bool_)
        given = observation[MASK] if isinstance(observation, Mapping) and MASK in observation else info.get(MASK, True)
        mask[: int(self._space(agent).n)] = given
        mask[0] |= not mask.any()
        return mask


def _seen(space: Space[Any]) -> Space[Any]:
    """The part of an agent's observation space that is for its eyes: not its mask."""
    return space[OBSERVATION] if isinstance(space, Dict) and MASK in space.spaces else space


def _flat(space: Space[Any], observation: Any) -> NDArray[np.float32]:  # noqa: ANN401
    inside = _seen(space)
    return np.asarray(flatten(inside, observation if inside is space else observation[OBSERVATION]), np.float32)


def _has_state(game: Parallel) -> bool:
    try:
        return bool(np.asarray(game.state()).size)
    except (NotImplementedError, AttributeError):
        return False
