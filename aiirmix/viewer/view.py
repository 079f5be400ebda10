"""Where the units of a recorded battle are in its pictures."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.viewer.motion import Snapshot
from aiirmix.viewer.recording import Recording
from aiirmix.viewer.style import SIZES, SUPERSAMPLING, shape

WIDTH, MAX_HEIGHT, HEADER, FOOTER = 720, 600, 34, 6
"""Pixels of a finished picture."""

Points = NDArray[np.float64]
"""[..., 2], pixels."""


class View:
    """The part of the map where the battle takes place, and its scale."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        left, right = recording.x.min() - SIZES.margin, recording.x.max() + SIZES.margin
        bottom, top = recording.y.min() - SIZES.margin, recording.y.max() + SIZES.margin
        padding = max(0.0, SIZES.flatness * (right - left) - (top - bottom)) / 2
        rows = top - bottom + 2 * padding
        self.cell = SUPERSAMPLING * min(WIDTH / (right - left), MAX_HEIGHT / rows)
        """Pixels of a cell."""
        self.corner = np.array([(left + right - WIDTH * SUPERSAMPLING / self.cell) / 2, top + padding])
        height = int(rows * self.cell / SUPERSAMPLING) // 2 * 2
        self.size = (WIDTH * SUPERSAMPLING, (height + HEADER + FOOTER) * SUPERSAMPLING)

    def place(self, cells: NDArray[Any]) -> Points:
        """Convert positions in cells to pixels."""
        places: Points = (cells - self.corner) * (self.cell, -self.cell) + (0.0, HEADER * SUPERSAMPLING)
        return places

    def outline(self, snapshot: Snapshot, u: int, radius: float) -> list[tuple[float, float]]:
        """Return the corners of the unit's shape, in pixels."""
        facing = snapshot.facing[u]
        turn = np.array([[np.cos(facing), -np.sin(facing)], [-np.sin(facing), -np.cos(facing)]])
        points = self.place(snapshot.places[u]) + radius * shape(self.recording.units[u].kind) @ turn
        return [(x, y) for x, y in points]

    def radius(self, u: int) -> float:
        """Return the radius of the unit's shape, in pixels."""
        return max(SIZES.least_radius * SUPERSAMPLING, float(SIZES.body * self.recording.units[u].radius * self.cell))

    def side(self, u: int) -> str:
        """Return `agents` or `enemies`."""
        return "enemies" if self.recording.units[u].hostile else "agents"
