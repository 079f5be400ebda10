"""What SMAC's class shows of a battle, read from the engine (docs/smac_contract.md §2.2 to §2.5, §2.8)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.maps import MapName
from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.features import SIGHT
from aiirmix.envs.skirmish.rules.layout import state_ally, state_enemy
from aiirmix.envs.skirmish.rules.masks import SHOOT_RANGE
from aiirmix.envs.skirmish.views.options import Options
from aiirmix.envs.skirmish.views.raw import RawUnit, raw_unit
from aiirmix.envs.skirmish.views.single_battle import SingleBattle

Features = NDArray[np.float32]


class Getters:
    """The methods of `StarCraft2Env` that change nothing. N agents, U units (agents first), A actions."""

    def __init__(self, map_name: MapName | str, options: Options) -> None:
        self.map_name, self.options = map_name, options
        self.battle = SingleBattle(Skirmish(map_name, **options.engine_arguments()), options.seed)
        spec, rules = self.battle.engine.spec, self.battle.engine.world.rules.view(np.recarray)[0]
        self.n_agents, self.n_enemies = spec.n_agents, int(rules.n_enemies)
        self.n_actions, self.episode_limit = spec.n_actions, spec.episode_limit
        self._ally_names, self._enemy_names = state_ally(rules), state_enemy(rules)

    def get_obs(self) -> list[Features]:
        """Return all agents' observations."""
        return list(self.battle.frame.obs[0])

    def get_obs_agent(self, agent_id: int) -> Features:
        """Return one agent's observation (docs/smac_contract.md §2.2)."""
        return self.get_obs()[agent_id]

    def get_obs_size(self) -> int:
        """Return the length of an observation. Unlike SMAC's, it is right with `obs_timestep_number` too."""
        return self.battle.engine.spec.obs_dim

    def get_state(self) -> Features:
        """Return the state (docs/smac_contract.md §2.4)."""
        return np.concatenate(self.get_obs()) if self.options.obs_instead_of_state else self.battle.frame.state[0]

    def get_state_size(self) -> int:
        """Return the length of the state."""
        if self.options.obs_instead_of_state:
            return self.n_agents * self.get_obs_size()
        return self.battle.engine.spec.state_dim

    def get_state_dict(self) -> dict[str, Any]:
        """Return the parts of the state: `allies`, `enemies`, and depending on flags `last_action` and `timestep`."""
        state = self.battle.frame.state[0]
        widths = [self.n_agents * len(self._ally_names), self.n_enemies * len(self._enemy_names)]
        allies, enemies, rest = np.split(state, np.cumsum(widths))
        parts: dict[str, Any] = {
            "allies": allies.reshape(self.n_agents, -1),
            "enemies": enemies.reshape(self.n_enemies, -1),
        }
        if self.options.state_last_action:
            parts["last_action"] = rest[: self.n_agents * self.n_actions].reshape(self.n_agents, -1)
        if self.options.state_timestep_number:
            parts["timestep"] = float(rest[-1])
        return parts

    def get_avail_actions(self) -> list[list[int]]:
        """Return all agents' masks."""
        return [self.get_avail_agent_actions(i) for i in range(self.n_agents)]

    def get_avail_agent_actions(self, agent_id: int) -> list[int]:
        """Return one agent's mask [A] of zeros and ones (docs/smac_contract.md §2.5)."""
        return [int(available) for available in self.battle.frame.avail[0, agent_id]]

    def get_total_actions(self) -> int:
        """Return the number of actions."""
        return self.n_actions

    def get_env_info(self) -> dict[str, Any]:
        """Return all sizes, and the names of a unit's features in the state."""
        return {
            "state_shape": self.get_state_size(),
            "obs_shape": self.get_obs_size(),
            "n_actions": self.n_actions,
            "n_agents": self.n_agents,
            "episode_limit": self.episode_limit,
            "agent_features": self._ally_names,
            "enemy_features": self._enemy_names,
        }

    def get_visibility_matrix(self) -> NDArray[np.bool_]:
        """Return which other units each agent sees, [N, U]."""
        units, n = self.battle.units, self.n_agents
        x, y, alive = units["x"], units["y"], units["health"] > 0.0
        distance = np.sqrt((x[:n, None] - x) ** 2 + (y[:n, None] - y) ** 2)
        seen: NDArray[np.bool_] = (distance < SIGHT) & alive[:n, None] & alive & ~np.eye(n, len(units), dtype=np.bool_)
        return seen

    @property
    def agents(self) -> dict[int, RawUnit]:
        """The agents' units, by number."""
        return dict(enumerate(self._raw_units()[: self.n_agents]))

    @property
    def enemies(self) -> dict[int, RawUnit]:
        """The enemies' units, by number."""
        return dict(enumerate(self._raw_units()[self.n_agents :]))

    def get_unit_by_id(self, agent_id: int) -> RawUnit:
        """Return the agent's unit."""
        return self.agents[agent_id]

    def get_unit_types(self) -> list[int]:
        """Return the type numbers of all units, [U]; see `raw`."""
        return [unit.unit_type for unit in self._raw_units()]

    def unit_shoot_range(self, agent_id: int) -> float:
        """Return the range of attacks in cells; the same for all agents."""
        return SHOOT_RANGE

    def unit_sight_range(self, agent_id: int) -> float:
        """Return the range of sight in cells; the same for all agents."""
        return SIGHT

    def unit_max_cooldown(self, unit: RawUnit) -> float:
        """Return the divisor of the unit's cooldown in the state; for a medivac, that of its energy."""
        return UNIT_TYPES[unit.kind].cooldown_scale

    def unit_max_shield(self, unit: RawUnit) -> float:
        """Return the unit's full shield."""
        return unit.shield_max

    def _raw_units(self) -> list[RawUnit]:
        """Return all units at this timestep, [U]."""
        spec = self.battle.engine.map_spec
        return [raw_unit(spec, tag, unit) for tag, unit in enumerate(self.battle.units)]
