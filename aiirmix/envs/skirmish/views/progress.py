"""The course of battles in SMAC's class: counts, deaths, rewards, ends (docs/smac_contract.md §3)."""

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.kernel.state import NOBODY, Records
from aiirmix.envs.skirmish.views.battle_view import BattleView
from aiirmix.envs.skirmish.views.raw import RawUnit
from aiirmix.envs.skirmish.views.single_battle import StepResult

WON, LOST, DRAWN = 1, -1, 0
"""SMAC's codes for the ends of battles."""


class Progress(BattleView):
    """What SMAC counts."""

    last_stats = None
    """As in SMAC, where nothing sets it."""

    def _start_counting(self) -> None:
        """Set all counts to 0."""
        self.battles_won = self.battles_game = self.timeouts = self.force_restarts = 0
        self.reward = 0.0
        """Of the last step."""
        self._start_battle()

    def _start_battle(self) -> None:
        """Forget the last battle."""
        self.win_counted = self.defeat_counted = False
        self.last_action = np.zeros((self.n_agents, self.n_actions))
        """[N, A]; one-hot rows of the caller's last actions."""
        self._before: Records | None = None

    def _remember(self, before: Records, actions: list[int]) -> None:
        """Remember the units before a step, and its actions."""
        self._before = before
        self.last_action = np.eye(self.n_actions)[actions]

    def _count(self, result: StepResult) -> None:
        """Count the result of a step."""
        self.reward = result.reward
        self.battles_game += result.terminated or result.truncated
        self.battles_won += result.won
        self.timeouts += result.truncated
        self.win_counted = result.won
        self.defeat_counted = result.terminated and self.update_units() == LOST

    @property
    def death_tracker_ally(self) -> NDArray[np.float64]:
        """[N]; 1 for dead agents. SMAC keeps no track with `reward_sparse`."""
        return self._deaths()[: self.n_agents]

    @property
    def death_tracker_enemy(self) -> NDArray[np.float64]:
        """[E]; 1 for dead enemies. SMAC keeps no track with `reward_sparse`."""
        return self._deaths()[self.n_agents :]

    @property
    def previous_ally_units(self) -> dict[int, RawUnit] | None:
        """The agents' units before the last step; None before the first."""
        return None if self._before is None else dict(enumerate(self._raw_units(self._before[: self.n_agents])))

    @property
    def previous_enemy_units(self) -> dict[int, RawUnit] | None:
        """The enemies' units before the last step; None before the first."""
        return None if self._before is None else dict(enumerate(self._raw_units(self._before)[self.n_agents :]))

    @property
    def heuristic_targets(self) -> list[int | None]:
        """[N]; with `heuristic_ai`, the number of each agent's target: of an enemy or, for a healer, an agent."""
        targets = []
        for unit in self.battle.units[: self.n_agents]:
            first = 0 if unit["heal_rate"] > 0.0 else self.n_agents
            targets.append(None if unit["script_target"] == NOBODY else int(unit["script_target"]) - first)
        return targets

    def only_medivac_left(self, ally: bool) -> bool:
        """Return whether a side has lost because only medivacs are left; in SMAC, enemies only with exactly one."""
        units = self.agents if ally else self.enemies
        kinds = [unit.kind for unit in units.values() if unit.health > 0]
        spec = self.battle.engine.map_spec
        if not spec.medivac_rules:
            return False
        return set(kinds) <= {"medivac"} if ally or spec.smacv2 else kinds == ["medivac"]

    def init_units(self) -> None:
        """Do nothing: `agents` and `enemies` always show the units of this timestep."""

    def update_units(self) -> int | None:
        """Return how the battle has ended: 1 won, -1 lost, 0 both sides are dead, None not yet. There is no update."""
        alive = self.battle.units["health"] > 0.0
        agents, enemies = alive[: self.n_agents].any(), alive[self.n_agents :].any()
        if (enemies and not agents) or self.only_medivac_left(ally=True):
            return LOST
        if (agents and not enemies) or self.only_medivac_left(ally=False):
            return WON
        return None if agents else DRAWN

    def reward_battle(self) -> float:
        """Return the reward of the last step before bonus and scale; 0 with `reward_sparse`.

        Unlike SMAC's, it can be called any number of times.
        """
        if self.reward_sparse or self._before is None:
            return 0.0
        points, deaths = _points(self._before) - _points(self.battle.units), _died(self._before, self.battle.units)
        lost = points + self.reward_death_value * deaths
        dealt, suffered = float(lost[self.n_agents :].sum()), float(lost[: self.n_agents].sum())
        if self.reward_only_positive:
            return max(dealt, 0.0) if self.battle.engine.map_spec.smacv2 else abs(dealt)
        return dealt - self.reward_negative_scale * suffered

    def full_restart(self) -> None:
        """Abandon the battle; the next `reset` starts the first battle of the seed's series."""
        self.battle.restart(self._seed)
        self.force_restarts += 1

    def _deaths(self) -> NDArray[np.float64]:
        dead = self.battle.units["health"] <= 0.0
        if self.reward_sparse or len(dead) == 0:
            return np.zeros(self.n_agents + self.n_enemies)
        return dead.astype(np.float64)


def _points(units: Records) -> NDArray[np.float64]:
    """Return the health and shield of each unit; 0 if it is dead."""
    points: NDArray[np.float64] = np.where(units["health"] > 0.0, units["health"] + units["shield"], 0.0)
    return points


def _died(before: Records, after: Records) -> NDArray[np.bool_]:
    """Return which units died in between."""
    died: NDArray[np.bool_] = (before["health"] > 0.0) & (after["health"] <= 0.0)
    return died
