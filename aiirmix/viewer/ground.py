"""The ground of a battle: the kind of each cell, and how it is drawn, as the page draws it (`player/ground.js`)."""

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from aiirmix.envs.contract.map_spec import MapSpec
from aiirmix.envs.skirmish.kernel.terrain import GROUND as GROUND_HEIGHT
from aiirmix.envs.skirmish.kernel.terrain import PLATEAU as PLATEAU_HEIGHT
from aiirmix.envs.skirmish.kernel.terrain import heights, survey
from aiirmix.viewer.recording import GROUNDS
from aiirmix.viewer.style import COLOURS, GROUND, SUPERSAMPLING, faint
from aiirmix.viewer.view import View

Draw = ImageDraw.ImageDraw
ROCK, FLOOR, RAMP, PLATEAU, CLIFF = range(len(GROUNDS))


def ground_of(spec: MapSpec) -> NDArray[np.int64]:
    """Return the kind of each cell [X, Y] of the map, as an index of `GROUNDS`."""
    walkable, height = survey(spec).walkable, heights(spec)
    grounds = np.where(walkable, FLOOR, ROCK)
    grounds[walkable & (height > GROUND_HEIGHT)] = RAMP
    grounds[walkable & (height == PLATEAU_HEIGHT)] = PLATEAU
    grounds[survey(spec).strideable & ~walkable] = CLIFF
    return grounds


def draw_ground(view: View, draw: Draw) -> None:
    """Draw all cells: rock dark, with a wall where it borders on open ground; higher ground lighter."""
    around = np.pad(view.recording.ground, 2)
    is_open = around != ROCK
    beside = np.any([np.roll(is_open, (dx, dy), (0, 1)) for dx in (-1, 0, 1) for dy in (-1, 0, 1)], axis=0)
    is_wall = beside & ~is_open
    for column, row in np.argwhere(is_open | is_wall):
        left, bottom = view.place(np.array([column - 2, row - 2]))
        box = (left, bottom - view.cell, left + view.cell, bottom)
        if is_wall[column, row]:
            draw.rectangle(box, COLOURS["wall"])
            continue
        draw.rectangle(box, COLOURS[GROUNDS[around[column, row]]], COLOURS["grid"])
        if around[column, row] == CLIFF:
            _hatch(draw, left, bottom - view.cell, view.cell)
        north = row + 1
        if is_wall[column, north] or (around[column, north] == PLATEAU and around[column, row] < PLATEAU):
            shadow = faint(COLOURS["shadow"], GROUND.shadow_opacity)
            draw.rectangle((*box[:3], box[1] + GROUND.shadow_depth * view.cell), shadow)


def _hatch(draw: Draw, left: float, top: float, cell: float) -> None:
    for fraction in GROUND.hatches:
        x = left + fraction * cell
        line = [x + 0.1 * cell, top + 0.15 * cell, x - 0.1 * cell, top + 0.85 * cell]
        draw.line(line, COLOURS["wall"], SUPERSAMPLING)
