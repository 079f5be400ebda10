"""A game as StarCraft II counts: in loops, with units that have tags and get orders (contract, section 7.7)."""

from collections.abc import Iterable

import numpy as np

from aiirmix.envs.contract.flags import Flags
from aiirmix.envs.contract.maps import find_map
from aiirmix.envs.protocol import Frame
from aiirmix.envs.skirmish.kernel.compiled import cached_njit
from aiirmix.envs.skirmish.kernel.engine import play_loop
from aiirmix.envs.skirmish.kernel.orders import order_move, order_stop, order_target
from aiirmix.envs.skirmish.kernel.state import Records
from aiirmix.envs.skirmish.kernel.terrain import Terrain
from aiirmix.envs.skirmish.views.raw import RawUnit, raw_unit
from aiirmix.envs.skirmish.views.single import battle_seeds
from aiirmix.envs.skirmish.world import World

TAGS_PER_BATTLE = 1 << 16
"""A tag names a battle and a unit in it, so that no two units of a game share one."""

GRID = 4096
"""Parts of a cell in which StarCraft II counts."""


class Game:
    """Battles on one map, the next of which begins when nobody of the one before is left.

    With the same seed its battles are those of the view `StarCraft2Env`, number for number.

    Raises:
        ValueError: there is no such map; the message offers the nearest name.
    """

    def __init__(self, map_name: str, seed: int | None = None) -> None:
        self.map_name, self.spec = map_name, find_map(map_name)
        self.world = World(self.spec, Flags())
        self.loop = 0
        """Loops since the game began."""
        self._frame = Frame.zeros(self.world.describe(map_name), 1)
        self._seeds = battle_seeds(seed)
        self._battle = 0
        self._deserted = True
        self.advance(1)

    def advance(self, loops: int) -> None:
        """Lets time pass. The units of the next battle enter it in the loop after the last death."""
        end = self.loop + loops
        while self.loop < end:
            if self._deserted:
                self.world.start(np.array([next(self._seeds)]), self._frame)
                self._battle += 1
                self._deserted = False
                self.loop += 1
            else:
                self.loop += play_battle(*self._arrays, end - self.loop)
                self._deserted = not (self._units["health"] > 0.0).any()

    def units(self) -> list[RawUnit]:
        """The living units, agents first, as the interface shows them."""
        return [
            raw_unit(self.spec, self._battle * TAGS_PER_BATTLE + i, unit)
            for i, unit in enumerate(self._units)
            if unit["health"] > 0.0
        ]

    def kill(self, tags: Iterable[int]) -> None:
        """Takes the lives of the units; the next loop finds them dead."""
        for i in self._living(tags):
            self._units[i]["health"] = 0.0

    def stop(self, tags: Iterable[int]) -> bool:
        """Orders to do nothing. All orders return whether an agent could take them; enemies follow their script."""
        agents = self._agents(tags)
        for i in agents:
            order_nothing(self._units, i)
        return bool(agents)

    def move(self, tags: Iterable[int], x: float, y: float) -> bool:
        """Orders to walk to (x, y).

        The client has seen the unit, and tells the goal, in single precision. The way between the two is taken to the
        nearest point of the game's grid, so that rounding turns no walk aside.
        """
        agents = self._agents(tags)
        for i in agents:
            unit = self._units[i]
            order_walk(self._units, i, unit["x"] + way(unit["x"], x), unit["y"] + way(unit["y"], y))
        return bool(agents)

    def attack(self, tags: Iterable[int], target: int) -> bool:
        """Orders those that have a weapon to attack the unit with the tag `target`."""
        return self._order_target([i for i in self._agents(tags) if self._units[i]["damage"] > 0.0], target)

    def heal(self, tags: Iterable[int], target: int) -> bool:
        """Orders the healers to heal the unit with the tag `target`."""
        return self._order_target([i for i in self._agents(tags) if self._units[i]["heal_rate"] > 0.0], target)

    @property
    def _units(self) -> Records:
        units: Records = self.world.units[0]
        return units

    @property
    def _arrays(self) -> tuple[Records, Terrain, Records, Records]:
        return self.world.rules, self.world.terrain, self.world.battles, self.world.units

    def _living(self, tags: Iterable[int]) -> list[int]:
        """Places in the list of units; tags of the dead and of earlier battles are passed over."""
        indices = (tag - self._battle * TAGS_PER_BATTLE for tag in tags)
        return [i for i in indices if 0 <= i < len(self._units) and self._units[i]["health"] > 0.0]

    def _agents(self, tags: Iterable[int]) -> list[int]:
        return [i for i in self._living(tags) if not self._units[i]["hostile"]]

    def _order_target(self, indices: list[int], target: int) -> bool:
        targets = self._living([target])
        for i in indices:
            for j in targets:
                order_against(self._units, i, j)
        return bool(indices and targets)


def way(seen: float, goal: float) -> float:
    """From a coordinate as the client saw it to another, in whole parts of the grid."""
    return round((goal - float(np.float32(seen))) * GRID) / GRID


@cached_njit
def play_battle(rules: Records, terrain: Terrain, battles: Records, units: Records, most: int) -> int:
    """Plays up to `most` loops, none after the one in which the last unit dies; returns how many."""
    for loop in range(1, most + 1):
        play_loop(rules[0], terrain, battles[0], units[0])
        living = 0
        for i in range(units.shape[1]):
            living += units[0, i].health > 0.0
        if living == 0:
            return loop
    return most


@cached_njit
def order_nothing(units: Records, i: int) -> None:
    """Tells unit i to stop."""
    order_stop(units[i])


@cached_njit
def order_walk(units: Records, i: int, x: float, y: float) -> None:
    """Tells unit i to walk to (x, y)."""
    order_move(units[i], x, y)


@cached_njit
def order_against(units: Records, i: int, j: int) -> None:
    """Tells unit i to attack or heal unit j."""
    order_target(units, i, j)
