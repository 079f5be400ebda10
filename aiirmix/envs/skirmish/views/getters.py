"""What the agents see: observations, state and masks of SMAC's class (docs/smac_contract.md §2.2, §2.4, §2.5)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.views.battle_view import BattleView

Features = NDArray[np.float32]


class Getters(BattleView):
    """Observations, state and masks. N agents, U units (agents first), A actions."""

    def get_obs(self) -> list[Features]:
        """Return all agents' observations."""
        return list(self.battle.frame.obs[0])

    def get_obs_agent(self, agent_id: int) -> Features:
        """Return one agent's observation (docs/smac_contract.md §2.2)."""
        return self.get_obs()[agent_id]

    def get_capabilities_agent(self, agent_id: int) -> Features:
        """Return an agent's hit probability and level of health if they are drawn, and its type (SMACv2)."""
        unit, rules = self.battle.units[agent_id], self._rules
        drawn = [unit["accuracy"]] * bool(rules.draws_attack) + [unit["death_level"]] * bool(rules.draws_health)
        bits = np.arange(rules.ally_bits) == unit["type_bit"]
        return np.array([*drawn, *bits], np.float32)

    def get_capabilities(self) -> Features:
        """Return the capabilities of all agents, one after another (SMACv2)."""
        return np.concatenate([self.get_capabilities_agent(i) for i in range(self.n_agents)])

    def get_state(self) -> Features:
        """Return the state (docs/smac_contract.md §2.4)."""
        return np.concatenate(self.get_obs()) if self.obs_instead_of_state else self.battle.frame.state[0]

    def get_state_dict(self) -> dict[str, Any]:
        """Return the parts of the state: `allies`, `enemies`, and depending on flags `last_action` and `timestep`."""
        state = self.battle.frame.state[0]
        widths = [self.n_agents * len(self.ally_state_attr_names), self.n_enemies * len(self.enemy_state_attr_names)]
        allies, enemies, rest = np.split(state, np.cumsum(widths))
        parts: dict[str, Any] = {
            "allies": allies.reshape(self.n_agents, -1),
            "enemies": enemies.reshape(self.n_enemies, -1),
        }
        if self.state_last_action:
            parts["last_action"] = rest[: self.n_agents * self.n_actions].reshape(self.n_agents, -1)
        if self.state_timestep_number:
            parts["timestep"] = float(rest[-1])
        return parts

    def get_avail_actions(self) -> list[list[int]]:
        """Return all agents' masks."""
        return [self.get_avail_agent_actions(i) for i in range(self.n_agents)]

    def get_avail_agent_actions(self, agent_id: int) -> list[int]:
        """Return one agent's mask [A] of zeros and ones (docs/smac_contract.md §2.5)."""
        return [int(available) for available in self.battle.frame.avail[0, agent_id]]

    def get_visibility_matrix(self) -> NDArray[np.bool_]:
        """Return which other units each agent sees, [N, U].

        Of two agents the sight of the first counts for both, as in SMACv2, whatever their kinds.
        """
        units, n = self.battle.units, self.n_agents
        x, y, alive = units["x"], units["y"], units["health"] > 0.0
        distance = np.sqrt((x[:n, None] - x) ** 2 + (y[:n, None] - y) ** 2)
        others = alive[:n, None] & alive & ~np.eye(n, len(units), dtype=np.bool_)
        first = np.minimum(np.arange(n)[:, None], np.arange(len(units)))
        seen: NDArray[np.bool_] = (distance < units["sight"][first]) & others
        return seen
