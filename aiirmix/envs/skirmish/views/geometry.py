"""The map in SMAC's class: distances, bounds, terrain (docs/smac_contract.md §2.2, §2.5, §4.4)."""

import math
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.map_spec import MAP_SIZE
from aiirmix.envs.skirmish.rules.features import AROUND, BEYOND, PLAYABLE_SIZE
from aiirmix.envs.skirmish.views.battle_view import BattleView
from aiirmix.envs.skirmish.views.raw import RawUnit


class Direction(IntEnum):
    """Directions of moves, in the order of the actions."""

    NORTH = 0
    SOUTH = 1
    EAST = 2
    WEST = 3


STEPS = {Direction.NORTH: (0, 1), Direction.SOUTH: (0, -1), Direction.EAST: (1, 0), Direction.WEST: (-1, 0)}
"""Cells east and north, by direction."""


class Geometry(BattleView):
    """Places on the map, in cells from its south-west corner."""

    map_x = map_y = MAP_SIZE
    max_distance_x = max_distance_y = int(PLAYABLE_SIZE)

    @property
    def pathing_grid(self) -> NDArray[np.bool_]:
        """[x, y]; where SMAC reads the ground as walkable."""
        return self.battle.engine.world.terrain.pathing

    @property
    def terrain_height(self) -> NDArray[np.float64]:
        """[x, y]; heights from 0 to 1, as SMAC reads them: north and south exchanged."""
        return self.battle.engine.world.terrain.heights

    @staticmethod
    def distance(x1: float, y1: float, x2: float, y2: float) -> float:
        """Return the distance between two points."""
        return math.hypot(x2 - x1, y2 - y1)

    def check_bounds(self, x: float, y: float) -> bool:
        """Return whether the cell lies on the map."""
        return 0 <= x < self.map_x and 0 <= y < self.map_y

    def can_move(self, unit: RawUnit, direction: int) -> bool:
        """Return whether the mask lets the unit move in the direction: it tests the cell half a move ahead."""
        ahead = self.move_amount / 2
        x, y = (int(at + ahead * step) for at, step in zip(unit.pos, STEPS[Direction(direction)], strict=True))
        return self.check_bounds(x, y) and bool(self.pathing_grid[x, y])

    def get_surrounding_points(self, unit: RawUnit, include_self: bool = False) -> list[tuple[float, float]]:
        """Return the 8 points around the unit's cell at which observations sample the terrain, and its own last."""
        x, y = int(unit.pos.x), int(unit.pos.y)
        reach = int(self.move_amount) if self.move_amount == int(self.move_amount) else self.move_amount
        steps = AROUND.tolist() if include_self else AROUND.tolist()[:-1]
        return [(x + reach * dx, y + reach * dy) for dx, dy in steps]

    def get_surrounding_pathing(self, unit: RawUnit) -> list[Any]:
        """Return the pathing grid at the 8 points around the unit; beyond the map it reads 1."""
        return list(self._sample(self.pathing_grid, self.get_surrounding_points(unit)))

    def get_surrounding_height(self, unit: RawUnit) -> list[Any]:
        """Return the heights at the 8 points around the unit and at its own; beyond the map they read 1."""
        return list(self._sample(self.terrain_height, self.get_surrounding_points(unit, include_self=True)))

    def _sample(self, grid: NDArray[Any], points: list[tuple[float, float]]) -> Iterator[Any]:
        for x, y in points:
            yield grid[math.floor(x), math.floor(y)] if self.check_bounds(x, y) else int(BEYOND)
