"""Where things of a recorded battle are in its pictures."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.viewer.motion import Moment
from aiirmix.viewer.recording import Recording
from aiirmix.viewer.style import FINER, shape

WIDTH, HIGHEST, HEADER, FOOTER = 720, 600, 34, 6
"""Pixels."""
MARGIN = 2.0
"""Cells around the part of the map where the battle takes place."""
BODY = 0.85
"""Of a unit's radius: drawn a little smaller than they are, so that crowds can be told apart."""

Points = NDArray[np.float64]
"""[..., 2], pixels."""


class View:
    """The part of the map where the battle takes place, and its scale."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        left, right = recording.x.min() - MARGIN, recording.x.max() + MARGIN
        bottom, top = recording.y.min() - MARGIN, recording.y.max() + MARGIN
        higher = max(0.0, 0.46 * (right - left) - (top - bottom)) / 2
        rows = top - bottom + 2 * higher
        self.cell = FINER * min(WIDTH / (right - left), HIGHEST / rows)
        self.corner = np.array([(left + right - WIDTH * FINER / self.cell) / 2, top + higher])
        height = int(rows * self.cell / FINER) // 2 * 2
        self.size = (WIDTH * FINER, (height + HEADER + FOOTER) * FINER)

    def place(self, cells: NDArray[Any]) -> Points:
        """Cells to pixels."""
        places: Points = (cells - self.corner) * (self.cell, -self.cell) + (0.0, HEADER * FINER)
        return places

    def outline(self, moment: Moment, u: int, radius: float) -> list[tuple[float, float]]:
        """Corners of the unit's shape, in pixels."""
        facing = moment.facing[u]
        turn = np.array([[np.cos(facing), -np.sin(facing)], [-np.sin(facing), -np.cos(facing)]])
        points = self.place(moment.places[u]) + radius * shape(self.recording.units[u].kind) @ turn
        return [(x, y) for x, y in points]

    def radius(self, u: int) -> float:
        """Of the unit's shape, in pixels."""
        return max(7.0 * FINER, float(BODY * self.recording.units[u].radius * self.cell))

    def side(self, u: int) -> str:
        """`agents` or `enemies`."""
        return "enemies" if self.recording.units[u].hostile else "agents"
