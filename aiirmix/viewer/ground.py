"""The ground of a battle: what it is, and how it is drawn, as the player draws it (`player/ground.js`)."""

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from aiirmix.envs.contract.map_spec import MapSpec
from aiirmix.envs.skirmish.kernel.terrain import GROUND, PLATEAU, heights, survey
from aiirmix.viewer.recording import GROUNDS
from aiirmix.viewer.style import FINER, faint, look
from aiirmix.viewer.view import View

Draw = ImageDraw.ImageDraw
ROCK, FLOOR, RAMP, HIGH, CLIFF = range(len(GROUNDS))
SHADOW = 0.22
"""Of a cell's height: what is higher casts it to the south, as if light came from the north."""


def ground_of(spec: MapSpec) -> NDArray[np.int64]:
    """What each cell [X, Y] of the map is, as an index of `GROUNDS`."""
    walkable, height = survey(spec).walkable, heights(spec)
    grounds = np.where(walkable, FLOOR, ROCK)
    grounds[walkable & (height > GROUND)] = RAMP
    grounds[walkable & (height == PLATEAU)] = HIGH
    grounds[survey(spec).strideable & ~walkable] = CLIFF
    return grounds


def draw_ground(view: View, draw: Draw) -> None:
    """Where nobody can be is dark, with a wall around where somebody can; higher ground is lighter."""
    around = np.pad(view.recording.ground, 2)
    is_open = around != ROCK
    beside = np.any([np.roll(is_open, (dx, dy), (0, 1)) for dx in (-1, 0, 1) for dy in (-1, 0, 1)], axis=0)
    is_wall = beside & ~is_open
    for column, row in np.argwhere(is_open | is_wall):
        left, bottom = view.place(np.array([column - 2, row - 2]))
        box = (left, bottom - view.cell, left + view.cell, bottom)
        if is_wall[column, row]:
            draw.rectangle(box, look()["wall"])
            continue
        draw.rectangle(box, look()[GROUNDS[around[column, row]]], look()["grid"])
        if around[column, row] == CLIFF:
            _hatch(draw, left, bottom - view.cell, view.cell)
        north = row + 1
        if is_wall[column, north] or (around[column, north] == HIGH and around[column, row] < HIGH):
            draw.rectangle((*box[:3], box[1] + SHADOW * view.cell), faint("#000000", 0.4))


def _hatch(draw: Draw, left: float, top: float, cell: float) -> None:
    for share in (0.2, 0.5, 0.8):
        x = left + share * cell
        draw.line([x + 0.1 * cell, top + 0.15 * cell, x - 0.1 * cell, top + 0.85 * cell], look()["wall"], FINER)
