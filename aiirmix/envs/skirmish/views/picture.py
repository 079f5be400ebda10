"""Pictures of a battle."""

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.map_spec import MAP_SIZE
from aiirmix.envs.skirmish.kernel.state import Records

PIXELS = 16
"""Pixels per cell."""
GROUND = np.array([[24, 26, 30], [58, 62, 68]], np.uint8)
"""Colours of blocked and of walkable cells."""
SIDES = np.array([[86, 180, 233], [230, 110, 60]], np.uint8)
"""Colours of agents and of enemies."""
MIN_BRIGHTNESS = 0.35
"""Brightness of a unit that is almost dead."""


def draw_battle(walkable: NDArray[np.bool_], units: Records) -> NDArray[np.uint8]:
    """Draw the units [U] on the terrain [x, y]; a unit darkens as it loses health and shield.

    Returns:
        [rows, columns, RGB]; north is at the top.
    """
    across = (np.arange(MAP_SIZE * PIXELS) + 0.5) / PIXELS
    north_up = walkable.T[::-1].astype(np.intp)
    image = GROUND[north_up].repeat(PIXELS, axis=0).repeat(PIXELS, axis=1)
    for unit in units[units["health"] > 0.0]:
        disc = np.hypot(across - unit["x"], across[::-1, None] - unit["y"]) <= unit["radius"]
        strength = (unit["health"] + unit["shield"]) / (unit["health_max"] + unit["shield_max"])
        image[disc] = SIDES[int(unit["hostile"])] * (MIN_BRIGHTNESS + (1 - MIN_BRIGHTNESS) * strength)
    return image
