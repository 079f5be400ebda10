"""Where the units of a recorded battle are at any time, also between its timesteps. Shapes: see `Recording`."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aiirmix.viewer.recording import Recording

STANDING = 0.05
"""Cells per step; a unit that walks less does not turn."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All units at one time."""

    time: float
    """In steps; fractions are between timesteps."""
    step: int
    """The step in progress."""
    places: NDArray[np.float64]
    """[U, 2]; x and y, in cells."""
    health: NDArray[np.float64]
    """[U]"""
    shield: NDArray[np.float64]
    """[U]"""
    facing: NDArray[np.float64]
    """[U]; radians, counter-clockwise from east."""
    dead_for: NDArray[np.float64]
    """[U]; steps since each unit's death, negative while it lives."""


class Motion:
    """A recorded battle in continuous time."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._deaths = recording.deaths

    def at(self, time: float) -> Snapshot:
        """Return the battle at a time from 0 to T, interpolated linearly between timesteps."""
        recording = self.recording
        step = min(int(time), recording.steps - 1)
        x, y, health, shield = (
            series[step] + (time - step) * (series[step + 1] - series[step])
            for series in (recording.x, recording.y, recording.health, recording.shield)
        )
        return Snapshot(time, step, np.stack([x, y], -1), health, shield, self._facings[step], time - self._deaths)

    @cached_property
    def _facings(self) -> NDArray[np.float64]:
        """[T, U]; the facing of each unit: to its target, else where it walks, else as before."""
        places = np.stack([self.recording.x, self.recording.y], -1)
        target = self.recording.target[..., None]
        towards = np.take_along_axis(places[1:], np.maximum(target, 0), 1) - places[1:]
        gaze = np.where(target >= 0, towards, np.diff(places, axis=0))
        facing = np.where([unit.hostile for unit in self.recording.units], np.pi, 0.0)
        facings = np.zeros(gaze.shape[:2])
        for t, (dx, dy) in enumerate(gaze.transpose(0, 2, 1)):
            facings[t] = facing = np.where(np.hypot(dx, dy) > STANDING, np.arctan2(dy, dx), facing)
        return facings
