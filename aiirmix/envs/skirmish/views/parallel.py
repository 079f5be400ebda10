"""Skirmish as a PettingZoo `ParallelEnv` (docs/smac_contract.md §2.9). Needs the extra `pettingzoo`."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypedDict

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils.conversions import parallel_to_aec
from pettingzoo.utils.wrappers import AssertOutOfBoundsWrapper, OrderEnforcingWrapper

from aiirmix.envs.contract.maps import MapName
from aiirmix.envs.protocol import unavailable
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.orders import NO_OP, STOP
from aiirmix.envs.skirmish.views.single_battle import SingleBattle


class Observation(TypedDict):
    """What an agent receives."""

    observation: NDArray[np.float32]
    """[O]."""
    action_mask: NDArray[np.int8]
    """[A - 1]; 1 where an action is available, all zeros for an agent that has just died."""


class SkirmishParallelEnv(ParallelEnv[str, Any, Any]):
    """One battle at a time. Agents are named by kind and number: `stalker_0`, `stalker_1`, `zealot_0`.

    Where kinds are drawn, they are `agent_0`, `agent_1` and so on.

    Action a is SMAC's a + 1: there is no `no-op`, as an agent leaves when its unit dies. All agents receive the team's
    reward.
    """

    def __init__(
        self,
        map: MapName | str = "8m",
        *,
        max_cycles: int | None = None,
        check_actions: bool = False,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        """Set up the environment.

        Args:
            map: One of SMAC's maps, or the path of a map file.
            max_cycles: Steps after which an episode is truncated; None: the map's limit, which holds in any case.
            check_actions: Raise on unavailable actions. Otherwise unavailable and missing actions mean `stop`:
                PettingZoo's own tests, and policies that ignore masks, choose such actions.
            render_mode: `rgb_array` or None.
            options: Other arguments of `Skirmish`: SMAC's flags and `enemy_order`.

        Raises:
            ValueError: there is no such map or render mode.
        """
        self.metadata = {"name": "skirmish_v1", "render_modes": ["rgb_array"]}
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"the render mode can only be rgb_array or None, not {render_mode}")
        self.render_mode, self.check_actions = render_mode, check_actions
        self._battle = SingleBattle(Skirmish(map, check_actions=False, **options))
        spec = self._battle.engine.spec
        self.max_cycles, self.frames = max_cycles or spec.episode_limit, 0
        self.possible_agents = _names(spec.agent_types)
        self.agents: list[str] = []
        self._index = {agent: i for i, agent in enumerate(self.possible_agents)}
        self.action_spaces = {agent: spaces.Discrete(spec.n_actions - 1) for agent in self.possible_agents}
        # Distances beyond sight are larger than 1; health far below the level at which an agent dies is below -1.
        engine = self._battle.engine
        bound = np.inf if engine.fully_observable or engine.health else 1.0
        self.observation_spaces = {
            agent: _observation_space(spec.obs_dim, spec.n_actions - 1, bound) for agent in self.possible_agents
        }
        self.state_space = spaces.Box(-np.inf, np.inf, (spec.state_dim,), np.float32)

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """Return the space of the agent's observations."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """Return the space of actions: stop, north, south, east, west, one per target (docs/smac_contract.md §2.5)."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Observation], dict[str, dict[str, Any]]]:
        """Start the battle of the seed or, without one, the next battle of the series. There are no options."""
        self._battle.reset(seed)
        self.agents, self.frames = list(self.possible_agents), 0
        return self._observations(self.agents), self._infos(self.agents, won=False)

    def step(
        self, actions: Mapping[str, int]
    ) -> tuple[dict[str, Observation], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Play an action per agent; return observations, rewards, terminations, truncations and infos.

        An agent terminates with its unit or the battle, and is truncated by the episode limit.

        Raises:
            RuntimeError: no battle is in progress.
            ValueError: an action is not available, with `check_actions`.
        """
        self._battle.require_running()
        result = self._battle.step([self._engine_action(agent, actions.get(agent)) for agent in self.possible_agents])
        self.frames += 1
        ends_now = result.truncated or self.frames >= self.max_cycles
        self._battle.running &= not ends_now
        present = self.agents
        terminations = {agent: result.terminated or not self._is_alive(agent) for agent in present}
        truncations = {agent: ends_now and not terminations[agent] for agent in present}
        self.agents = [agent for agent in present if not (terminations[agent] or truncations[agent])]
        rewards = dict.fromkeys(present, result.reward)
        return self._observations(present), rewards, terminations, truncations, self._infos(present, result.won)

    def get_agent_smac_id(self, agent: str) -> int:
        """Return the number by which SMAC's class knows the agent."""
        return self._index[agent]

    def state(self) -> NDArray[np.float32]:
        """Return the state [S], for training only."""
        state: NDArray[np.float32] = self._battle.frame.state[0]
        return state

    def render(self) -> NDArray[np.uint8] | None:
        """Return a picture [rows, columns, RGB] of the battle if the render mode is `rgb_array`."""
        return None if self.render_mode is None else self._battle.draw()

    def close(self) -> None:
        """Release what the engine holds."""
        self._battle.engine.close()

    def _engine_action(self, agent: str, action: int | None) -> int:
        """Return the engine's number of an agent's action."""
        if agent not in self.agents:
            return NO_OP
        legal = np.flatnonzero(self._mask(agent))
        if action is not None and action in legal:
            return int(action) + 1
        if self.check_actions:
            raise unavailable(agent, action, legal)
        return STOP

    def _is_alive(self, agent: str) -> bool:
        return bool(self._battle.frame.alive[0, self._index[agent]])

    def _mask(self, agent: str) -> NDArray[np.int8]:
        """Return the agent's mask [A - 1]; see `Observation`."""
        return self._battle.frame.avail[0, self._index[agent], NO_OP + 1 :].astype(np.int8)

    def _observations(self, agents: list[str]) -> dict[str, Observation]:
        obs = self._battle.frame.obs[0]
        return {agent: {"observation": obs[self._index[agent]], "action_mask": self._mask(agent)} for agent in agents}

    def _infos(self, agents: list[str], won: bool) -> dict[str, dict[str, Any]]:
        """Return SMAC's info and the mask of each agent."""
        info = self._battle.info(won)
        return {agent: {**info, "action_mask": self._mask(agent)} for agent in agents}


def parallel_env(
    max_cycles: int | None = None, *, map_name: MapName | str = "8m", **options: Any
) -> SkirmishParallelEnv:
    """Make a `SkirmishParallelEnv` from the arguments of SMAC's function of this name."""
    return SkirmishParallelEnv(map_name, max_cycles=max_cycles, **options)


def raw_env(max_cycles: int | None = None, **options: Any) -> AECEnv[str, Any, Any]:
    """Make an environment in which agents act one after another; the arguments are those of `parallel_env`."""
    return parallel_to_aec(parallel_env(max_cycles, **options))


def env(**options: Any) -> AECEnv[str, Any, Any]:
    """Make a `raw_env` that checks the range of actions and the order of calls."""
    return OrderEnforcingWrapper(AssertOutOfBoundsWrapper(raw_env(**options)))


def _names(kinds: tuple[str, ...]) -> list[str]:
    """Return the agents' names, numbered per kind."""
    before: Counter[str] = Counter()
    names = []
    for kind in kinds:
        names.append(f"{kind}_{before[kind]}")
        before[kind] += 1
    return names


def _observation_space(features: int, actions: int, bound: float) -> spaces.Space[Any]:
    """Return the space of observations, whose features lie between ± `bound` (docs/smac_contract.md §2.2)."""
    observation, mask = spaces.Box(-bound, bound, (features,), np.float32), spaces.Box(0, 1, (actions,), np.int8)
    return spaces.Dict({"observation": observation, "action_mask": mask})
