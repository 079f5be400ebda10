"""A PettingZoo parallel environment as a batch: one copy per episode, stepped one after another.

Letters in shapes: B episodes, N agents, A actions, O observation features, S state features.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from statistics import fmean
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.digest import short_digest
from aiirmix.common.errors import ConfigError, in_a_line
from aiirmix.envs.pettingzoo import game
from aiirmix.envs.pettingzoo.game import Agent, Parallel
from aiirmix.envs.pettingzoo.spaces import AgentSpaces
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome, refuse_unavailable

TEAM_REWARDS: dict[str, Callable[[list[float]], float]] = {"mean": fmean, "sum": sum}


class PettingZoo:
    """The `BatchEnv` of a PettingZoo environment.

    The agents are `possible_agents`, or those that a reset starts with. An agent that was terminated or truncated is
    dead: it sees zeros, and action 0 is its only action. The episode goes on until all agents have ended. It is
    truncated if an agent was truncated in its last step, else terminated. The agents truncated in the last step are
    alive in the last frame, as their future still has a value.

    Observations are flattened and padded to the length of the longest. Agents with fewer actions than others have the
    missing ones masked. The state is the environment's `state()` or, if it has none, all observations concatenated.

    Args:
        module: the module of the environment, e.g. ``mpe2.simple_spread_v3``, which defines `parallel_env`.
        arguments: the keyword arguments of `parallel_env`.
        episode_limit: the number of steps after which an episode is truncated.
        team_reward: how the agents' rewards are combined into the reward of the team.
        won: the key of an agent's info that is true when the team has reached its goal; None: there is no goal.

    Raises:
        ConfigError: there is no such environment, an agent's actions are not discrete, or its observations have no
            fixed size.
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
        self.copies = [game.make(module, arguments)]
        with self._named_errors():
            self._examine(self.copies[0])
        self._spec = self._describe(episode_limit)
        self.over, self.time = np.ones(0, np.bool_), 0
        self.avail = np.zeros((0, len(self.agents), self._spec.n_actions), np.bool_)
        self.alive = np.zeros((0, len(self.agents)), np.bool_)

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names."""
        return self._spec

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one episode per seed; see `BatchEnv`."""
        out = out or Frame.zeros(self.spec, len(seeds))
        self.copies += [game.make(self.module, self.arguments) for _ in range(len(seeds) - len(self.copies))]
        self.over, self.time = np.zeros(len(seeds), np.bool_), 0
        self.avail = np.zeros((len(seeds), *self.avail.shape[1:]), np.bool_)
        self.alive = np.zeros(self.avail.shape[:2], np.bool_)
        for b, seed in enumerate(seeds.tolist()):
            observations, infos = game.reset(self.copies[b], seed)
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

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """Name the module in an error that says why the environment cannot be played."""
        try:
            yield
        except Exception as error:
            raise ConfigError(f"env.module={self.module}: {in_a_line(error)}") from error

    def _examine(self, copy: Parallel) -> None:
        """Find out the agents, their spaces and the size of the state, which some copies know only after a reset."""
        game.reset(copy, 0)
        self.agents = game.possible_agents(copy)
        if not self.agents:
            raise ConfigError("it has no agents after a reset")
        self.index = {agent: i for i, agent in enumerate(self.agents)}
        self.spaces = [
            AgentSpaces(agent, copy.observation_space(agent), copy.action_space(agent)) for agent in self.agents
        ]
        self.state_size = np.asarray(copy.state()).size if game.has_state(copy) else 0

    def _describe(self, episode_limit: int) -> EnvSpec:
        obs_dim = max(spaces.obs_dim for spaces in self.spaces)
        return EnvSpec(
            name=self._name(),
            n_agents=len(self.agents),
            n_actions=max(spaces.n_actions for spaces in self.spaces),
            obs_dim=obs_dim,
            state_dim=self.state_size or len(self.agents) * obs_dim,
            episode_limit=episode_limit,
            agent_types=tuple(game.kind(agent) for agent in self.agents),
        )

    def _name(self) -> str:
        """Name the package with its version, the module, and a digest of the arguments."""
        package = self.module.partition(".")[0]
        with suppress(PackageNotFoundError):
            package = f"{package}-{version(package)}"
        digest = short_digest(json.dumps(self.arguments, sort_keys=True).encode())
        return f"{package}/{self.module.rpartition('.')[2]}/{digest}"

    def _step_copy(self, b: int, actions: NDArray[np.int64], frame: Frame, outcome: Outcome) -> None:
        copy = self.copies[b]
        acting = [(agent, self._number(agent)) for agent in copy.agents]
        played = game.step(copy, {agent: actions[i] + self.spaces[i].first_action for agent, i in acting})
        remaining = [agent for agent, i in acting if self.alive[b, i] and not played.terminations[agent]]
        out_of_time = self.time >= self.spec.episode_limit
        living = [] if out_of_time else [agent for agent in copy.agents if not played.ended(agent)]
        cut_off = [agent for agent in remaining if out_of_time or played.truncations[agent]]
        outcome.reward[b] = self.team_reward([played.rewards[agent] for agent, _ in acting])
        outcome.truncated[b] = not living and bool(cut_off)
        outcome.terminated[b] = not living and not cut_off
        outcome.won[b] = not living and self.won is not None and played.reports(self.won)
        self.over[b] = not living
        self._write(b, played.observations, played.infos, living or remaining, frame)

    def _number(self, agent: Agent) -> int:
        if agent not in self.index:
            raise ValueError(f"env.module={self.module}: agent {agent} joined, but is not one of possible_agents")
        return self.index[agent]

    def _write(
        self,
        b: int,
        observations: Mapping[Agent, Any],
        infos: Mapping[Agent, Mapping[str, Any]],
        living: Iterable[Agent],
        frame: Frame,
    ) -> None:
        """Write row b of the frame; `living` are the agents that can still act."""
        frame.obs[b], frame.alive[b] = 0.0, False
        frame.avail[b] = np.arange(self.spec.n_actions) == 0
        for agent in living:
            i = self._number(agent)
            features = self.spaces[i].features(observations[agent])
            frame.alive[b, i] = True
            frame.obs[b, i, : len(features)] = features
            frame.avail[b, i] = self.spaces[i].mask(observations[agent], infos.get(agent, {}), self.spec.n_actions)
        frame.state[b] = np.asarray(self.copies[b].state()).ravel() if self.state_size else frame.obs[b].ravel()
        self.avail[b], self.alive[b] = frame.avail[b], frame.alive[b]
