"""The battle behind SMAC's class: its options, units and sizes (docs/smac_contract.md §2.1 to §2.4)."""

from typing import Any
from warnings import warn

import numpy as np

from aiirmix.envs.contract.maps import MapName
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.orders import FIRST_VIEW, NORTH
from aiirmix.envs.skirmish.kernel.state import Records
from aiirmix.envs.skirmish.rules.divisor import unscaled_reward
from aiirmix.envs.skirmish.rules.layout import (
    HEIGHT_FEATURES,
    MOVE_FEATURES,
    PATHING_FEATURES,
    capabilities,
    obs_own,
    state_ally,
    state_enemy,
)
from aiirmix.envs.skirmish.views.multiagentenv import MultiAgentEnv
from aiirmix.envs.skirmish.views.options import Options, engine_arguments
from aiirmix.envs.skirmish.views.raw import RawUnit, raw_unit
from aiirmix.envs.skirmish.views.single_battle import SingleBattle


class BattleView(MultiAgentEnv, Options):
    """A battle, and what does not change from battle to battle. N agents, U units (agents first), A actions."""

    renderer = None
    """There is no window."""
    n_obs_pathing, n_obs_height = PATHING_FEATURES, HEIGHT_FEATURES
    n_actions_move = FIRST_VIEW - NORTH

    def __init__(self, map_name: MapName | str, seed: int | None, options: dict[str, Any]) -> None:
        Options.__init__(self, **options)
        self.map_name, self._seed = map_name, seed
        self.battle = SingleBattle(Skirmish(map_name, **engine_arguments(self)), seed)
        self.obs_own_health = self.obs_own_health or self.obs_all_health
        self.window_size = self.window_size_x, self.window_size_y
        self._set_sizes()

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def _set_sizes(self) -> None:
        """Set what depends on the map."""
        world, spec = self.battle.engine.world, self.battle.engine.spec
        self._rules = rules = world.rules.view(np.recarray)[0]
        self.n_agents, self.n_enemies = spec.n_agents, int(rules.n_enemies)
        self.n_actions, self.episode_limit = spec.n_actions, spec.episode_limit
        self.n_actions_no_attack, self.n_fov_actions = int(rules.first_target), int(rules.n_views)
        self.shield_bits_ally, self.shield_bits_enemy = int(rules.ally_shields), int(rules.enemy_shields)
        self.unit_type_bits = max(int(rules.ally_bits), int(rules.enemy_bits))
        self.ally_state_attr_names, self.enemy_state_attr_names = state_ally(rules), state_enemy(rules)
        self.max_reward = unscaled_reward(self, self.battle.engine.map_spec.draft, world.initial_units)

    @property
    def agents(self) -> dict[int, RawUnit]:
        """The agents' units, by number; empty before the first battle."""
        return dict(enumerate(self._raw_units()[: self.n_agents]))

    @property
    def enemies(self) -> dict[int, RawUnit]:
        """The enemies' units, by number; empty before the first battle."""
        return dict(enumerate(self._raw_units()[self.n_agents :]))

    def get_unit_by_id(self, a_id: int) -> RawUnit:
        """Return the agent's unit."""
        return self.agents[a_id]

    def get_unit_types(self) -> list[int] | None:
        """Return the type numbers of all units, [U]; see `raw`. Before the first battle, warn and return None."""
        if self.battle.battle_seed is None:
            warn("there are no units before the first battle; call reset first", stacklevel=2)
            return None
        return [unit.unit_type for unit in self._raw_units()]

    def get_total_actions(self) -> int:
        """Return the number of actions."""
        return self.n_actions

    def get_obs_size(self) -> int:
        """Return the length of an observation. Unlike SMAC's, it is right with `obs_timestep_number` too."""
        return self.battle.engine.spec.obs_dim

    def get_obs_move_feats_size(self) -> int:
        """Return the number of features of an agent's moves and of the terrain around it."""
        pathing, heights = self.obs_pathing_grid * PATHING_FEATURES, self.obs_terrain_height * HEIGHT_FEATURES
        return len(MOVE_FEATURES) + pathing + heights

    def get_obs_enemy_feats_size(self) -> tuple[int, int]:
        """Return the number of enemies, and of the features of each in an observation."""
        return self.n_enemies, int(self._rules.obs_enemy_width)

    def get_obs_ally_feats_size(self) -> tuple[int, int]:
        """Return the number of other agents, and of the features of each in an observation."""
        return self.n_agents - 1, int(self._rules.obs_ally_width)

    def get_obs_own_feats_size(self) -> int:
        """Return the number of an agent's features of itself, with the time."""
        return len(obs_own(self._rules)) + int(self.obs_timestep_number)

    def get_ally_num_attributes(self) -> int:
        """Return the number of an agent's features in the state."""
        return len(self.ally_state_attr_names)

    def get_enemy_num_attributes(self) -> int:
        """Return the number of an enemy's features in the state."""
        return len(self.enemy_state_attr_names)

    def get_state_size(self) -> int:
        """Return the length of the state."""
        if self.obs_instead_of_state:
            return self.n_agents * self.get_obs_size()
        return self.battle.engine.spec.state_dim

    def get_env_info(self) -> dict[str, Any]:
        """Return all sizes, and the names of a unit's features in the state."""
        names = {"agent_features": self.ally_state_attr_names, "enemy_features": self.enemy_state_attr_names}
        capabilities = {"cap_shape": self.get_cap_size()} if self.battle.engine.map_spec.smacv2 else {}
        return {**super().get_env_info(), **names, **capabilities}

    def get_cap_size(self) -> int:
        """Return the length of an agent's capabilities, the last of which are its type (SMACv2)."""
        return len(capabilities(self._rules)) + int(self._rules.ally_bits)

    def _raw_units(self, units: Records | None = None) -> list[RawUnit]:
        """Return these units as SMAC sees them, [U]; without an argument, those of this timestep."""
        if units is None:
            units = self.battle.units
        return [raw_unit(self.battle.engine.map_spec, tag, unit) for tag, unit in enumerate(units)]
