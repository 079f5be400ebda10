"""Skirmish as a PettingZoo `ParallelEnv` (contract, section 2.9). Needs the extra `pettingzoo`."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypedDict

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from aiirmix.envs.skirmish.catalog.maps import MapName
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.orders import NO_OP, STOP
from aiirmix.envs.skirmish.views.picture import picture
from aiirmix.envs.skirmish.views.single import Single


class Seen(TypedDict):
    """What an agent is given."""

    observation: NDArray[np.float32]
    """[O]."""
    action_mask: NDArray[np.int8]
    """[A - 1]; 1 where an action is available, all zeros for an agent that has just died."""


class SkirmishParallelEnv(ParallelEnv[str, Any, Any]):
    """One battle at a time among agents named by kind and number: `stalker_0`, `stalker_1`, `zealot_0`.

    Action a is SMAC's a + 1: there is no `no-op`, as an agent leaves with its death. All get the team's reward.
    """

    def __init__(
        self,
        map: MapName = "8m",
        *,
        check_actions: bool = False,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        """Sets up the environment.

        Args:
            map: Which battle is fought.
            check_actions: Unavailable actions raise. Otherwise they, and missing ones, mean `stop`: PettingZoo's own
                tests, and policies that know nothing of masks, choose such actions.
            render_mode: `rgb_array` or None.
            options: Other arguments of `Skirmish`: SMAC's flags and `enemy_order`.

        Raises:
            ValueError: there is no such map or render mode.
        """
        self.metadata = {"name": "skirmish_v1", "render_modes": ["rgb_array"]}
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"the render mode can only be rgb_array or None, not {render_mode}")
        self.render_mode, self.check_actions = render_mode, check_actions
        self._battle = Single(Skirmish(map, check_actions=False, **options))
        spec = self._battle.engine.spec
        self.possible_agents = _names(spec.agent_types)
        self.agents: list[str] = []
        self._index = {agent: i for i, agent in enumerate(self.possible_agents)}
        self.action_spaces = {agent: spaces.Discrete(spec.n_actions - 1) for agent in self.possible_agents}
        self.observation_spaces = {
            agent: _observation_space(spec.obs_dim, spec.n_actions - 1) for agent in self.possible_agents
        }
        self.state_space = spaces.Box(-np.inf, np.inf, (spec.state_dim,), np.float32)

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """What the agent can be given."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """The agent's actions: stop, north, south, east, west, and one per target (section 2.5)."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Seen], dict[str, dict[str, Any]]]:
        """Starts a battle: the seed's own, or without one the next. There are no options."""
        self._battle.reset(seed)
        self.agents = list(self.possible_agents)
        return self._seen(self.agents), self._infos(self.agents, won=False)

    def step(
        self, actions: Mapping[str, int]
    ) -> tuple[dict[str, Seen], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Plays an action per agent; returns observations, rewards, terminations, truncations and infos.

        An agent terminates with its unit or the battle, and is truncated by the episode limit.

        Raises:
            RuntimeError: no battle is in progress.
            ValueError: an action is not available, with `check_actions`.
        """
        self._battle.require_running()
        turn = self._battle.step([self._number(agent, actions.get(agent)) for agent in self.possible_agents])
        present = self.agents
        terminations = {agent: turn.terminated or not self._is_alive(agent) for agent in present}
        truncations = {agent: turn.truncated and not terminations[agent] for agent in present}
        self.agents = [agent for agent in present if not (terminations[agent] or truncations[agent])]
        rewards = dict.fromkeys(present, turn.reward)
        return self._seen(present), rewards, terminations, truncations, self._infos(present, turn.won)

    def state(self) -> NDArray[np.float32]:
        """[S]; the state, for training only."""
        state: NDArray[np.float32] = self._battle.frame.state[0]
        return state

    def render(self) -> NDArray[np.uint8] | None:
        """The battle as a picture [rows, columns, RGB], if that is the render mode."""
        if self.render_mode is None:
            return None
        return picture(self._battle.engine.world.walkable, self._battle.units)

    def close(self) -> None:
        """Releases what the engine holds."""
        self._battle.engine.close()

    def _number(self, agent: str, action: int | None) -> int:
        """The engine's number of an agent's action."""
        if agent not in self.agents:
            return NO_OP
        legal = np.flatnonzero(self._mask(agent))
        if action is not None and action in legal:
            return int(action) + 1
        if self.check_actions:
            shown = ", ".join(str(choice) for choice in legal)
            raise ValueError(f"{agent}: action {action} is not available (legal: {shown})")
        return STOP

    def _is_alive(self, agent: str) -> bool:
        return bool(self._battle.frame.alive[0, self._index[agent]])

    def _mask(self, agent: str) -> NDArray[np.int8]:
        """[A - 1]; see `Seen`."""
        return self._battle.frame.avail[0, self._index[agent], NO_OP + 1 :].astype(np.int8)

    def _seen(self, agents: list[str]) -> dict[str, Seen]:
        """What the agents are given."""
        obs = self._battle.frame.obs[0]
        return {agent: {"observation": obs[self._index[agent]], "action_mask": self._mask(agent)} for agent in agents}

    def _infos(self, agents: list[str], won: bool) -> dict[str, dict[str, Any]]:
        """SMAC's facts and the mask, for each agent."""
        facts = self._battle.facts(won)
        return {agent: {**facts, "action_mask": self._mask(agent)} for agent in agents}


def _names(kinds: tuple[str, ...]) -> list[str]:
    """Each kind, numbered by itself."""
    before: Counter[str] = Counter()
    names = []
    for kind in kinds:
        names.append(f"{kind}_{before[kind]}")
        before[kind] += 1
    return names


def _observation_space(features: int, actions: int) -> spaces.Space[Any]:
    """Everything in an observation lies between -1 and 1 (section 2.2)."""
    observation, mask = spaces.Box(-1.0, 1.0, (features,), np.float32), spaces.Box(0, 1, (actions,), np.int8)
    return spaces.Dict({"observation": observation, "action_mask": mask})
