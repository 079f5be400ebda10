"""What an agent can see and target by its place: ranges, and cones with a field of view (docs/smacv2.md)."""

import math

from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.movement import distance
from aiirmix.envs.skirmish.kernel.state import Rules, Unit

ROUNDING = 1e-9


@njit
def sees(rules: Rules, unit: Unit, other: Unit) -> bool:
    """Return whether the agent sees the place of the other unit, dead or alive."""
    if rules.n_views > 0:
        return distance(unit, other) <= unit.sight and is_in_cone(rules, unit, other)
    return distance(unit, other) < unit.sight


@njit
def reaches(rules: Rules, unit: Unit, target: Unit) -> bool:
    """Return whether the target is alive and where the agent may choose it."""
    if target.health <= 0.0 or distance(unit, target) > unit.reach:
        return False
    return rules.n_views == 0 or is_in_cone(rules, unit, target)


@njit
def is_in_cone(rules: Rules, unit: Unit, other: Unit) -> bool:
    """Return whether the direction to the other unit is within half a cone's angle of the agent's view.

    The edge between two cones belongs to both.
    """
    x, y = gaze_x(rules, unit), gaze_y(rules, unit)
    along = x * (other.x - unit.x) + y * (other.y - unit.y)
    return along >= (math.cos(math.pi / rules.n_views) - ROUNDING) * distance(unit, other)


@njit
def gaze_x(rules: Rules, unit: Unit) -> float:
    """Return x of the unit vector in which the agent looks."""
    return math.cos(math.tau * unit.gaze / rules.n_views)


@njit
def gaze_y(rules: Rules, unit: Unit) -> float:
    """Return y of the unit vector in which the agent looks."""
    return math.sin(math.tau * unit.gaze / rules.n_views)
