"""A batch of battles in memory: their arrays, and the compiled steps that advance them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.map_spec import MapSpec
from aiirmix.envs.contract.smacv2_flags import ScenarioFlags
from aiirmix.envs.protocol import EnvSpec, Frame, Outcome
from aiirmix.envs.skirmish.batch import advance, find_illegal, start_battles
from aiirmix.envs.skirmish.catalog.tuning import DEFAULT_TUNING, Tuning
from aiirmix.envs.skirmish.kernel.orders import STOP
from aiirmix.envs.skirmish.kernel.roster import make_roster
from aiirmix.envs.skirmish.kernel.state import Battle, Records, Unit, record
from aiirmix.envs.skirmish.kernel.terrain import survey
from aiirmix.envs.skirmish.rules.divisor import reward_divisor
from aiirmix.envs.skirmish.rules.heuristic import order_heuristic
from aiirmix.envs.skirmish.rules.layout import obs_size, state_size
from aiirmix.envs.skirmish.rules.masks import write_mask
from aiirmix.envs.skirmish.rules.settings import EnemyOrder, has_unit_ranges, make_rules
from aiirmix.envs.skirmish.thread_pool import ThreadPool


class World:
    """Battles on one map under one set of rules."""

    def __init__(
        self,
        spec: MapSpec,
        flags: ScenarioFlags,
        enemy_order: EnemyOrder = "created",
        tuning: Tuning = DEFAULT_TUNING,
        threads: int = 1,
    ) -> None:
        self.terrain = survey(spec)
        self._pool = ThreadPool(threads)
        self._flags, self._agent_types, self._kinds = flags, spec.agent_types, spec.ally_bits
        self.roster = make_roster(spec, flags, has_unit_ranges(spec, flags), enemy_order == "sorted", tuning)
        self.rules = make_rules(spec, flags, tuning, self.roster.units, enemy_order)
        self._waits_for_divisor = flags.reward_scale_first and spec.draft is not None
        self._no_actions = np.zeros((0, len(self._agent_types)), np.int64)
        self._unseen = Frame.zeros(self.describe(""), 0)
        self.battles: Records = np.zeros(0, record(Battle))
        """[B]."""
        self.units: Records = np.zeros((0, self.rules["n_agents"][0] + self.rules["n_enemies"][0]), record(Unit))
        """[B, U], agents first."""
        self._placed = self.units

    @property
    def initial_units(self) -> Records:
        """[U], as battles begin with, where teams never change; else [K], a fresh unit of each kind."""
        return self.roster.units

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

    def place(self, kinds: Sequence[str], points: NDArray[np.float64]) -> None:
        """Let battles begin with units of these kinds [U] near these points [U, 2], agents first, not drawn ones.

        The map must be one on which teams are drawn, from these kinds.
        """
        self._placed = np.zeros(self.units.shape[1], self.units.dtype)
        self._placed["type_bit"] = [self._kinds.index(kind) for kind in kinds]
        self._placed["x"], self._placed["y"] = points.T
        self.rules["placed"] = True

    def start(self, seeds: NDArray[np.int64], frame: Frame) -> None:
        """Start one battle per seed."""
        if len(seeds) != len(self.battles):
            self.battles = np.zeros(len(seeds), self.battles.dtype)
            self.units = np.zeros((len(seeds), self.units.shape[1]), self.units.dtype)
        if self.rules["placed"][0]:
            self.units[:] = self._placed
        start_battles(self.rules, self.terrain, self.roster, seeds, self.battles, self.units, frame)
        if self._waits_for_divisor and len(seeds):
            self._waits_for_divisor = False
            self.rules["reward_divisor"] = reward_divisor(self._flags, None, self.units[0])

    def coalition_rewards(self, acting: NDArray[np.bool_], actions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return what the next step would pay if only a coalition acted and the other agents stopped.

        Each coalition is played on copies, with the battles' own random numbers. The battles stay as they are.

        Args:
            acting: [B, C, N]; whether the agent belongs to the coalition.
            actions: [B, N].

        Returns:
            [B, C]; 0 for a battle that is over.
        """
        alive = self.units["health"][:, : acting.shape[2]] > 0
        rewards = np.zeros((acting.shape[1], len(alive)), np.float32)
        for c in range(len(rewards)):
            rewards[c] = rewards[0]
            news = ((acting[:, c] != acting[:, 0]) & alive).any(1) if c else np.ones(len(alive), np.bool_)
            self._play_copies(news, np.where(acting[:, c] | ~alive, actions, STOP), rewards[c])
        return rewards.T

    def _play_copies(self, chosen: NDArray[np.bool_], actions: NDArray[np.int64], rewards: NDArray[np.float32]) -> None:
        """Play a step of copies of the chosen battles [B], and overwrite their entries of `rewards` [B]."""
        battles, outcome = self.battles.copy(), Outcome.zeros(len(rewards))._replace(reward=rewards)
        battles["over"] |= ~chosen
        step = (self.rules, self.terrain, battles, self.units.copy(), actions, self._unseen, outcome)
        self._pool.run(lambda first, last: advance(*step, first, last), len(battles))

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
