"""The ground of a map, and the ways around its walls (docs/smac_contract.md §4.4)."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.map_spec import MAP_SIZE, MapSpec, Rectangle

Cells = NDArray[np.bool_]

GROUND, PLATEAU = 191, 207
"""Heights of the two levels, 8 and 10, in the game's bytes."""
CLEARANCE = 0.25
"""Distance that a straight line keeps from walls, in cells."""
SAMPLES = 96
"""Points at which a straight line is tested for walls."""


class Terrain(NamedTuple):
    """Arrays of a map that compiled functions read. A cell's number is x · MAP_SIZE + y."""

    walkable: Cells
    """[x, y]; where ground units can be."""
    pathing: Cells
    """[x, y]; where ground units can be according to the grid that SMAC reads."""
    heights: NDArray[np.float64]
    """[x, y]; from 0 to 1, as SMAC reads them: north and south exchanged (docs/smac_contract.md §7.6)."""
    strideable: Cells
    """[x, y]; where colossi can be."""
    waypoints: NDArray[np.int16]
    """[from, to]; the next cell to head for on the shortest path between two cells: `to` itself if no wall is between.
    Empty on maps on which no wall is ever between two cells."""


@cache
def survey(spec: MapSpec) -> Terrain:
    """Return the map's terrain."""
    walkable = walkable_cells(spec)
    is_convex = len(spec.walkable + spec.passages) == 1
    return Terrain(
        walkable=walkable,
        pathing=pathing_grid(spec),
        heights=np.ascontiguousarray(height_grid(spec)[:, ::-1] / 255),
        strideable=walkable | _cells(spec.cliffs),
        waypoints=np.zeros((0, 0), np.int16) if is_convex else find_ways(walkable),
    )


def walkable_cells(spec: MapSpec) -> Cells:
    """Return on which cells [x, y] ground units can walk."""
    return _cells(spec.walkable + spec.passages)


def pathing_grid(spec: MapSpec) -> Cells:
    """Return in which cells [x, y] the game's interface says that ground units can be."""
    return _cells(spec.walkable) if spec.grids is None else _grid(spec.grids.pathing).astype(np.bool_)


def height_grid(spec: MapSpec) -> NDArray[np.uint8]:
    """Return the height of each cell [x, y] according to the game's interface, in its bytes."""
    return heights(spec) if spec.grids is None else _grid(spec.grids.heights)


def heights(spec: MapSpec) -> NDArray[np.uint8]:
    """Return the level of the ground in each cell [x, y], in the game's bytes: GROUND, PLATEAU, or half-way between."""
    levels = np.full((MAP_SIZE, MAP_SIZE), GROUND, np.uint8)
    levels[_cells(spec.ramps)] = (GROUND + PLATEAU) // 2
    levels[_cells(spec.plateau)] = PLATEAU
    return levels


def find_ways(walkable: Cells) -> NDArray[np.int16]:
    """Return the table of waypoints: shortest paths along lines of sight (Floyd and Warshall's algorithm).

    A cell that cannot be walked on is replaced by the nearest one that can.
    """
    places = np.argwhere(walkable)
    apart = np.hypot(*(places[:, None] - places).T)
    ways = np.where(_see_one_another(walkable, places), apart, np.inf)
    first = np.tile(np.arange(len(places)), (len(places), 1))
    for k in range(len(places)):
        detour = ways[:, k, None] + ways[k]
        shorter = detour < ways - 1e-9
        ways = np.where(shorter, detour, ways)
        first = np.where(shorter, first[:, k, None], first)
    cells = np.array([(x, y) for x in range(MAP_SIZE) for y in range(MAP_SIZE)])
    nearest = np.hypot(*(cells[:, None] - places).T).T.argmin(axis=1)
    numbers = (places[:, 0] * MAP_SIZE + places[:, 1]).astype(np.int16)
    return np.ascontiguousarray(numbers[first[nearest][:, nearest]])


def _see_one_another(walkable: Cells, places: NDArray[np.int64]) -> Cells:
    """Return whether the line between the centres of any two of the cells `places` [P, 2] is free of walls."""
    grid = np.pad(walkable, 1)
    clear = np.ones((len(places), len(places)), np.bool_)
    for fraction in np.linspace(0.0, 1.0, SAMPLES):
        x, y = (places[:, None] * (1 - fraction) + places * fraction).transpose(2, 0, 1) + 1.5
        for dx in (-CLEARANCE, CLEARANCE):
            for dy in (-CLEARANCE, CLEARANCE):
                clear &= grid[(x + dx).astype(np.int64), (y + dy).astype(np.int64)]
    return clear


def _cells(rectangles: Iterable[Rectangle]) -> Cells:
    """Return which cells [x, y] lie in any of the rectangles."""
    cells = np.zeros((MAP_SIZE, MAP_SIZE), np.bool_)
    for x, y in rectangles:
        cells[x[0] : x[1] + 1, y[0] : y[1] + 1] = True
    return cells


def _grid(cells: bytes) -> NDArray[np.uint8]:
    """Return the cells of one of the map's `Grids` as an array [x, y]."""
    return np.ascontiguousarray(np.frombuffer(cells, np.uint8).reshape(MAP_SIZE, MAP_SIZE).T)
