"""A game as StarCraft II sees it: game loops, tagged units, and orders to them (docs/smac_contract.md §7.7)."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.map_spec import MapSpec
from aiirmix.envs.contract.maps import find_map
from aiirmix.envs.contract.scenarios import EMPTY_MAP
from aiirmix.envs.contract.smacv2_flags import ScenarioFlags
from aiirmix.envs.protocol import Frame
from aiirmix.envs.skirmish.kernel.compiled import cached_njit
from aiirmix.envs.skirmish.kernel.engine import play_loop
from aiirmix.envs.skirmish.kernel.orders import order_move, order_stop, order_target
from aiirmix.envs.skirmish.kernel.state import Records
from aiirmix.envs.skirmish.kernel.terrain import Terrain
from aiirmix.envs.skirmish.views.raw import RawUnit, raw_unit
from aiirmix.envs.skirmish.views.single_battle import seed_series
from aiirmix.envs.skirmish.world import World

TAGS_PER_BATTLE = 1 << 16
"""A tag encodes the battle and the unit, so that it is unique in a game."""

GRID = 4096
"""StarCraft II's coordinates are multiples of a cell / GRID."""


class Creation(NamedTuple):
    """A unit that the client creates."""

    owner: int
    unit_type: int
    x: float
    y: float


class Game:
    """Battles on one map, one after another. The next begins when the client has killed all units of the last.

    If all have died in battle, StarCraft II does not wait for the client, which then sees the next battle some loops
    late. This game waits, so that with the same seed its battles are exactly those of the view `StarCraft2Env`.

    Raises:
        ConfigError: there is no such map.
    """

    def __init__(self, map_name: str, seed: int | None = None, spec: MapSpec | None = None) -> None:
        self.map_name = map_name
        self._set_up(spec or find_map(map_name))
        self.loop = 0
        """Game loops since the start of the game."""
        self._seeds = seed_series(seed)
        self._battle = 0
        self._all_dead = self._next_requested = True
        self.advance(1)

    def advance(self, loops: int) -> None:
        """Play game loops. The units of the next battle appear in the loop after the one in which all are found dead.

        Once all have died without the client's help, nothing happens until its next call of `kill`.
        """
        end = self.loop + loops
        while self.loop < end:
            if self._all_dead and self._prepare():
                self.world.start(np.array([next(self._seeds)]), self._frame)
                self._battle += 1
                self._all_dead = self._next_requested = False
                self.loop += 1
            elif self._all_dead:
                self.loop = end
            else:
                self.loop += play_battle(*self._arrays, end - self.loop)
                self._all_dead = not (self._units["health"] > 0.0).any()

    def units(self) -> list[RawUnit]:
        """Return the living units, agents first, as the interface shows them."""
        return [
            raw_unit(self.spec, self._battle * TAGS_PER_BATTLE + i, unit)
            for i, unit in enumerate(self._units)
            if unit["health"] > 0.0
        ]

    def kill(self, tags: Iterable[int]) -> None:
        """Set the units' health to 0. Without tags, too, this requests the next battle once all are dead."""
        for i in self._living(tags):
            self._units[i]["health"] = 0.0
        self._all_dead, self._next_requested = False, True

    def create(self, unit: Creation) -> None:
        """Create a unit.

        Raises:
            ConfigError: it cannot be created.
        """
        raise ConfigError(f"the map {self.map_name} has its own units; on {EMPTY_MAP} units can be created")

    def stop(self, tags: Iterable[int]) -> bool:
        """Order units to do nothing. Like every order, return whether any agent accepted it; enemies accept none."""
        agents = self._agents(tags)
        for i in agents:
            order_nothing(self._units, i)
        return bool(agents)

    def move(self, tags: Iterable[int], x: float, y: float) -> bool:
        """Order units to walk to (x, y).

        The client knows the unit's position and sends the goal in single precision. The distance between the two is
        rounded to the game's grid, so that rounding errors do not change the direction.
        """
        agents = self._agents(tags)
        for i in agents:
            unit = self._units[i]
            order_walk(self._units, i, unit["x"] + offset(unit["x"], x), unit["y"] + offset(unit["y"], y))
        return bool(agents)

    def attack(self, tags: Iterable[int], target: int) -> bool:
        """Order the units that can hit the unit with the tag `target` to attack it."""
        return self._order_target([i for i in self._agents(tags) if self._units[i]["damage"] > 0.0], target)

    def heal(self, tags: Iterable[int], target: int) -> bool:
        """Order the healers to heal the unit with the tag `target`."""
        return self._order_target([i for i in self._agents(tags) if self._units[i]["heal_rate"] > 0.0], target)

    def _set_up(self, spec: MapSpec) -> None:
        """Make the world of the next battles."""
        self.spec, self.world = spec, World(spec, ScenarioFlags())
        self._frame = Frame.zeros(self.world.describe(self.map_name), 1)

    def _prepare(self) -> bool:
        """Return whether the next battle can begin."""
        return self._next_requested

    @property
    def _units(self) -> Records:
        units: Records = self.world.units.reshape(-1)
        return units

    @property
    def _arrays(self) -> tuple[Records, Terrain, Records, Records]:
        return self.world.rules, self.world.terrain, self.world.battles, self.world.units

    def _living(self, tags: Iterable[int]) -> list[int]:
        """Return the indices of the units with these tags, without the dead and those of earlier battles."""
        indices = (tag - self._battle * TAGS_PER_BATTLE for tag in tags)
        return [i for i in indices if 0 <= i < len(self._units) and self._units[i]["health"] > 0.0]

    def _agents(self, tags: Iterable[int]) -> list[int]:
        return [i for i in self._living(tags) if not self._units[i]["hostile"]]

    def _order_target(self, indices: list[int], target: int) -> bool:
        targets = self._living([target])
        accepted = [order_against(self._units, i, j) for i in indices for j in targets]
        return any(accepted)


def offset(position: float, goal: float) -> float:
    """Return the distance from a coordinate, in the client's single precision, to another, rounded to the grid."""
    return round((goal - float(np.float32(position))) * GRID) / GRID


@cached_njit
def play_battle(rules: Records, terrain: Terrain, battles: Records, units: Records, most: int) -> int:
    """Play up to `most` loops, ending with the one in which the last unit dies; return how many were played."""
    for loop in range(1, most + 1):
        play_loop(rules[0], terrain, battles[0], units[0])
        alive = 0
        for i in range(units.shape[1]):
            alive += units[0, i].health > 0.0
        if alive == 0:
            return loop
    return most


@cached_njit
def order_nothing(units: Records, i: int) -> None:
    """Order unit i to stop."""
    order_stop(units[i])


@cached_njit
def order_walk(units: Records, i: int, x: float, y: float) -> None:
    """Order unit i to walk to (x, y)."""
    order_move(units[i], x, y)


@cached_njit
def order_against(units: Records, i: int, j: int) -> bool:
    """Order unit i to attack or heal unit j; return whether it can."""
    return order_target(units, i, j)
