"""Flight times of missiles (docs/smac_contract.md §5)."""

import math

from aiirmix.envs.skirmish.catalog.units import SECOND
from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.movement import distance, is_within
from aiirmix.envs.skirmish.kernel.state import Unit

THROW_TIME = 0.3 * SECOND
"""Duration of a throw: the middle of the data's 0.2 to 0.4 s."""
THROW_START = 1 / SECOND
THROW_ACCELERATION = 10 / SECOND**2
THROW_ALONG, THROW_UP = 1 / math.hypot(1, 0.6), 0.6 / math.hypot(1, 0.6)
"""Direction of a throw: towards the target and up."""
THROW_LENGTH = THROW_START * THROW_TIME + THROW_ACCELERATION * THROW_TIME**2 / 2
THROW_END = THROW_START + THROW_ACCELERATION * THROW_TIME
"""Speed at the end of a throw. The missile then flies to its target, at its own acceleration."""


@njit
def flight_time(unit: Unit, target: Unit) -> float:
    """Return the loops that the unit's missile needs from centre to centre."""
    way = distance(unit, target)
    if unit.missile_acceleration == 0.0:
        return way / unit.missile_speed
    if not is_within(unit, target, unit.throw_range):
        return accelerated(way, unit.missile_speed, unit.missile_acceleration)
    left, height = way - THROW_ALONG * THROW_LENGTH, THROW_UP * THROW_LENGTH
    return THROW_TIME + accelerated(math.sqrt(left**2 + height**2), THROW_END, unit.missile_acceleration)


@njit
def accelerated(way: float, speed: float, acceleration: float) -> float:
    """Return the loops for a way that begins at a speed and is accelerated steadily."""
    return (math.sqrt(speed**2 + 2.0 * acceleration * way) - speed) / acceleration
