"""Which actions an agent may choose (contract, section 2.5)."""

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.catalog.maps import MAP_SIZE
from aiirmix.envs.skirmish.kernel.compiled import cached_njit, njit
from aiirmix.envs.skirmish.kernel.movement import distance
from aiirmix.envs.skirmish.kernel.orders import EAST, FIRST_TARGET, NO_OP, NORTH, SOUTH, STOP, WEST
from aiirmix.envs.skirmish.kernel.state import Records, Rules, Unit

SHOOT_RANGE = 6.0


@njit
def is_free(pathing: NDArray[np.bool_], x: float, y: float) -> bool:
    """SMAC reads the cell at (x, y) as on the map and free; it cuts coordinates off towards zero."""
    column, row = int(x), int(y)
    return 0 <= column < MAP_SIZE and 0 <= row < MAP_SIZE and pathing[column, row]


@njit
def is_target(rules: Rules, units: Records, i: int, k: int) -> bool:
    """Agent i may attack enemy k or, if it is a healer, heal agent k (section 2.5)."""
    unit: Unit = units[i]
    if unit.heal_rate > 0.0:
        return k < rules.n_agents and units[k].heal_rate == 0.0 and is_reachable(unit, units[k])
    return is_reachable(unit, units[rules.n_agents + k])


@njit
def is_reachable(unit: Unit, target: Unit) -> bool:
    """The target is alive and within the range that SMAC gives everybody."""
    return target.health > 0.0 and distance(unit, target) <= SHOOT_RANGE


@njit
def is_available(rules: Rules, pathing: NDArray[np.bool_], units: Records, i: int, action: int) -> bool:
    """Agent i may choose the action (section 2.5)."""
    unit: Unit = units[i]
    if unit.health <= 0.0 or action <= NO_OP or action >= rules.n_actions:
        return action == NO_OP and unit.health <= 0.0
    if action >= FIRST_TARGET:
        return is_target(rules, units, i, action - FIRST_TARGET)
    ahead = rules.move_amount / 2
    if action == NORTH:
        return is_free(pathing, unit.x, unit.y + ahead)
    if action == SOUTH:
        return is_free(pathing, unit.x, unit.y - ahead)
    if action == EAST:
        return is_free(pathing, unit.x + ahead, unit.y)
    if action == WEST:
        return is_free(pathing, unit.x - ahead, unit.y)
    return action == STOP


@cached_njit
def write_mask(rules: Rules, pathing: NDArray[np.bool_], units: Records, i: int, row: NDArray[np.bool_]) -> None:
    """Agent i's mask [A]."""
    for action in range(len(row)):
        row[action] = is_available(rules, pathing, units, i, action)
