"""A batch of battles in memory: their arrays, and the compiled steps that advance them."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.flags import Flags
from aiirmix.envs.contract.map_spec import MapSpec
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome
from aiirmix.envs.skirmish.batch import advance, find_illegal, start_battles
from aiirmix.envs.skirmish.catalog.tuning import DEFAULT_TUNING, Tuning
from aiirmix.envs.skirmish.kernel.initial_units import initial_units
from aiirmix.envs.skirmish.kernel.orders import FIRST_TARGET
from aiirmix.envs.skirmish.kernel.state import Battle, Records, Rules, Unit, fill, record
from aiirmix.envs.skirmish.kernel.terrain import survey
from aiirmix.envs.skirmish.rules.heuristic import order_heuristic
from aiirmix.envs.skirmish.rules.layout import fill_widths, obs_size, state_size
from aiirmix.envs.skirmish.rules.masks import write_mask
from aiirmix.envs.skirmish.thread_pool import ThreadPool

EnemyOrder = Literal["created", "shuffled", "sorted"]


class World:
    """Battles on one map under one set of rules."""

    def __init__(
        self,
        spec: MapSpec,
        flags: Flags,
        enemy_order: EnemyOrder = "created",
        tuning: Tuning = DEFAULT_TUNING,
        threads: int = 1,
    ) -> None:
        self.terrain = survey(spec)
        self._pool = ThreadPool(threads)
        self.initial_units = initial_units(spec, tuning, sort_enemies=enemy_order == "sorted")
        self._agent_types = spec.agent_types
        self.rules = _rules(spec, flags, tuning, self.initial_units)
        self.rules["shuffle_enemies"] = enemy_order == "shuffled"
        self._no_actions = np.zeros((0, len(self._agent_types)), np.int64)
        self.battles: Records = np.zeros(0, record(Battle))
        """[B]."""
        self.units: Records = np.zeros((0, len(self.initial_units)), record(Unit))
        """[B, U], agents first."""

    @property
    def walkable(self) -> NDArray[np.bool_]:
        """[x, y]; cells on which ground units can be."""
        return self.terrain.walkable

    def describe(self, name: str) -> EnvSpec:
        """Return sizes and names."""
        rules = self.rules.view(np.recarray)[0]
        return EnvSpec(
            name=name,
            n_agents=int(rules.n_agents),
            n_actions=int(rules.n_actions),
            obs_dim=obs_size(rules),
            state_dim=state_size(rules),
            episode_limit=int(rules.episode_limit),
            agent_types=self._agent_types,
            knows_contributions=True,
        )

    def start(self, seeds: NDArray[np.int64], frame: Frame) -> None:
        """Start one battle per seed."""
        if len(seeds) != len(self.battles):
            self.battles = np.zeros(len(seeds), self.battles.dtype)
            self.units = np.zeros((len(seeds), len(self.initial_units)), self.units.dtype)
        start_battles(self.rules, self.terrain, self.initial_units, seeds, self.battles, self.units, frame)

    def find_illegal(self, actions: NDArray[np.int64]) -> tuple[int, int] | None:
        """Return battle and agent of the first unavailable one of the actions [B, N], if there is one."""
        found = find_illegal(self.rules, self.terrain.pathing, self.battles, self.units, actions)
        return divmod(found, len(self._agent_types)) if found >= 0 else None

    def legal_actions(self, battle: int, agent: int) -> list[int]:
        """Return the actions that the agent may choose."""
        mask = np.zeros(self.rules[0]["n_actions"], np.bool_)
        write_mask(self.rules[0], self.terrain.pathing, self.units[battle], agent, mask)
        return [int(action) for action in np.flatnonzero(mask)]

    def order_heuristic(self, actions: NDArray[np.int64]) -> None:
        """Give the agents the orders of the scripted ally, and overwrite the actions [B, N] with them."""
        order_heuristic(self.rules, self.terrain.pathing, self.battles, self.units, actions)

    def advance(self, frame: Frame, outcome: Outcome, actions: NDArray[np.int64] | None = None) -> None:
        """Play one environment step of the running battles and write their rows of frame and outcome.

        The actions are [B, N]; None: the units carry out the orders that they have.
        """
        played = self._no_actions if actions is None else actions
        step = (self.rules, self.terrain, self.battles, self.units, played, frame, outcome)
        self._pool.run(lambda first, last: advance(*step, first, last), len(self.battles))


def _rules(spec: MapSpec, flags: Flags, tuning: Tuning, units: Records) -> Records:
    """Return the rules, as an array [1], which is the cheapest argument of compiled functions."""
    rules = np.zeros(1, record(Rules))
    fill(rules[0], flags)
    fill(rules[0], tuning)
    rules["obs_own_health"] |= flags.obs_all_health
    _fill_map(rules, spec, units)
    rules["reward_divisor"] = most_reward(flags, units[units["hostile"]]) / flags.reward_scale_rate
    if not flags.reward_scale:
        rules["reward_divisor"] = 1.0
    return rules


def _fill_map(rules: Records, spec: MapSpec, units: Records) -> None:
    """Set what the rules [1] take from the map and its units [U]."""
    rules["n_enemies"] = units["hostile"].sum()
    rules["n_agents"] = len(units) - rules["n_enemies"]
    rules["n_actions"] = FIRST_TARGET + rules["n_enemies"]
    rules["episode_limit"] = spec.episode_limit
    has_shield = units["shield_max"] > 0.0
    rules["ally_shields"] = has_shield[~units["hostile"]].any()
    rules["enemy_shields"] = has_shield[units["hostile"]].any()
    rules["ally_bits"], rules["enemy_bits"] = len(spec.ally_bits), len(spec.enemy_bits)
    rules["medivac_rules"], rules["agents_are_goal"] = spec.medivac_rules, spec.agents_are_goal
    if spec.enemy_goal:
        rules["goal_spread_x"], rules["goal_spread_y"] = np.subtract(spec.enemy_goal[1], spec.enemy_goal[0])
    fill_widths(rules)


def most_reward(flags: Flags, enemies: Records) -> float:
    """Return the unscaled return of a win without enemy regeneration (docs/smac_contract.md §3.1)."""
    toughness = enemies["health_max"].sum() + enemies["shield_max"].sum()
    return float(toughness + flags.reward_death_value * len(enemies) + flags.reward_win)
