"""The ground of a map, and the ways around its walls (contract, section 4.4)."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.catalog.maps import GROUND, MAP_SIZE, PLATEAU, MapSpec, Rectangle

Cells = NDArray[np.bool_]

CLEARANCE = 0.25
"""How far from walls a straight way keeps, in cells."""
SAMPLES = 96
"""Points at which a straight way is tested for walls."""


class Terrain(NamedTuple):
    """What compiled functions know of a map. A cell's number is x · MAP_SIZE + y."""

    walkable: Cells
    """[x, y]; where ground units can be."""
    pathing: Cells
    """[x, y]; where SMAC reads that ground units can be."""
    heights: NDArray[np.float64]
    """[x, y]; from 0 to 1, as SMAC reads them: north and south exchanged (section 7.6)."""
    strideable: Cells
    """[x, y]; where colossi can be."""
    waypoints: NDArray[np.int16]
    """[from, to]; the cell to head for on the shortest way between two cells, which is `to` if nothing is in between.
    Empty on maps on which nothing is ever in between."""


@cache
def survey(spec: MapSpec) -> Terrain:
    """The map's terrain."""
    walkable = terrain(spec)
    is_one_piece = len(spec.walkable) == 1
    return Terrain(
        walkable=walkable,
        pathing=_cells(spec.walkable),
        heights=np.ascontiguousarray(heights(spec)[:, ::-1] / 255),
        strideable=walkable | _cells(spec.cliffs),
        waypoints=np.zeros((0, 0), np.int16) if is_one_piece else find_ways(walkable),
    )


def terrain(spec: MapSpec) -> Cells:
    """Which cells [x, y] ground units can walk on."""
    return _cells(spec.walkable + spec.passages)


def heights(spec: MapSpec) -> NDArray[np.uint8]:
    """How high the ground lies in each cell [x, y], in the game's bytes."""
    levels = np.full((MAP_SIZE, MAP_SIZE), GROUND, np.uint8)
    levels[_cells(spec.ramps)] = (GROUND + PLATEAU) // 2
    levels[_cells(spec.plateau)] = PLATEAU
    return levels


def find_ways(walkable: Cells) -> NDArray[np.int16]:
    """The table of waypoints: shortest paths through the cells that see one another (Floyd and Warshall's algorithm).

    A cell that cannot be walked on stands for the nearest one that can.
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
    """Whether the straight way between the centres of two of the cells `places` [P, 2] keeps clear of walls, [P, P]."""
    grid = np.pad(walkable, 1)
    clear = np.ones((len(places), len(places)), np.bool_)
    for share in np.linspace(0.0, 1.0, SAMPLES):
        x, y = (places[:, None] * (1 - share) + places * share).transpose(2, 0, 1) + 1.5
        for dx in (-CLEARANCE, CLEARANCE):
            for dy in (-CLEARANCE, CLEARANCE):
                clear &= grid[(x + dx).astype(np.int64), (y + dy).astype(np.int64)]
    return clear


def _cells(rectangles: Iterable[Rectangle]) -> Cells:
    """The cells [x, y] in any of the rectangles."""
    cells = np.zeros((MAP_SIZE, MAP_SIZE), np.bool_)
    for x_first, x_last, y_first, y_last in rectangles:
        cells[x_first : x_last + 1, y_first : y_last + 1] = True
    return cells
