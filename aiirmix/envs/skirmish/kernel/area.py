"""Area damage: a colossus' two beams and a baneling's explosion (docs/smac_contract.md §5)."""

import numpy as np

from aiirmix.envs.skirmish.catalog.units import SECOND
from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.damage import hit
from aiirmix.envs.skirmish.kernel.movement import distance, is_within
from aiirmix.envs.skirmish.kernel.state import Records, Rules, Unit

BEAM_POINTS = 11
"""Evenly spaced points of the line that a beam touches one after another."""
BEAM_PERIOD = 0.0312 * SECOND
"""Loops from one point to the next."""
BEAM_WIDTH = 0.15
"""Distance from a point within which a body is touched."""
BEAM_DELAY = 0.25 * SECOND
"""Loops from touch to damage. Here the beams start later by this delay and hit at once."""
BEAMS_MEET = 0.375 * SECOND
"""Loops from the shot until both beams hit the target itself: the duration of the sweep."""
ONE = np.uint64(1)


@njit
def aim_beams(unit: Unit, target: Unit, k: int) -> None:
    """Start a sweep across the line from the unit to its target, opponent k, which the sweep itself does not hit."""
    way = max(distance(unit, target), 1e-6)
    unit.beam_time = 0.0
    unit.beam_x, unit.beam_y = target.x, target.y
    unit.beam_dx, unit.beam_dy = (unit.y - target.y) / way, (target.x - unit.x) / way
    unit.touched = unit.touched_back = ONE << np.uint64(k)


@njit
def sweep_beams(rules: Rules, units: Records, i: int) -> None:
    """Sweep unit i's beams for one loop; they pass along the line in opposite directions."""
    unit: Unit = units[i]
    for point in range(BEAM_POINTS):
        if unit.beam_time < BEAM_DELAY + point * BEAM_PERIOD <= unit.beam_time + 1.0:
            along = unit.sweep * (2.0 * point / (BEAM_POINTS - 1) - 1.0)
            unit.touched = touch(rules, units, i, along, unit.touched)
            unit.touched_back = touch(rules, units, i, -along, unit.touched_back)
    unit.beam_time += 1.0
    if unit.beam_time >= BEAM_DELAY + (BEAM_POINTS - 1) * BEAM_PERIOD:
        unit.beam_time = -1.0


@njit
def touch(rules: Rules, units: Records, i: int, along: float, touched: np.uint64) -> np.uint64:
    """Hit all units that a beam of unit i touches for the first time at `along`; return all that it has touched."""
    unit: Unit = units[i]
    x, y = unit.beam_x + along * unit.beam_dx, unit.beam_y + along * unit.beam_dy
    first = 0 if unit.hostile else rules.n_agents
    for k in range(rules.n_agents if unit.hostile else rules.n_enemies):
        other: Unit = units[first + k]
        bit = ONE << np.uint64(k)
        reach = BEAM_WIDTH + other.radius
        near = (other.x - x) ** 2 + (other.y - y) ** 2 <= reach**2
        if near and other.health > 0.0 and not other.air and touched & bit == 0:
            touched |= bit
            hit(rules, units, i, first + k)
    return touched


@njit
def burst(rules: Rules, units: Records, i: int) -> None:
    """Explode the dead unit i: every opponent on the ground whose body is within its splash is hit in full."""
    unit: Unit = units[i]
    unit.bursting = False
    for j in range(len(units)):
        other: Unit = units[j]
        is_victim = other.hostile != unit.hostile and other.health > 0.0 and not other.air
        if is_victim and is_within(unit, other, unit.splash - unit.radius):
            hit(rules, units, i, j)
