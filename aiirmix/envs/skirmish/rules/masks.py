"""Action masks (docs/smac_contract.md §2.5)."""

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.map_spec import MAP_SIZE
from aiirmix.envs.skirmish.kernel.compiled import cached_njit, njit
from aiirmix.envs.skirmish.kernel.movement import distance
from aiirmix.envs.skirmish.kernel.orders import EAST, FIRST_TARGET, NO_OP, NORTH, SOUTH, STOP, WEST
from aiirmix.envs.skirmish.kernel.state import Records, Rules, Unit

SHOOT_RANGE = 6.0
"""Cells within which SMAC lets every agent choose a target, whatever its weapon."""


@njit
def is_free(pathing: NDArray[np.bool_], x: float, y: float) -> bool:
    """Return whether SMAC reads the cell at (x, y) as on the map and free; it truncates coordinates towards zero."""
    column, row = int(x), int(y)
    return 0 <= column < MAP_SIZE and 0 <= row < MAP_SIZE and pathing[column, row]


@njit
def is_target(rules: Rules, units: Records, i: int, k: int) -> bool:
    """Return whether agent i may attack enemy k or, if it is a healer, heal agent k."""
    unit: Unit = units[i]
    if unit.heal_rate > 0.0:
        return k < rules.n_agents and units[k].heal_rate == 0.0 and is_reachable(unit, units[k])
    return is_reachable(unit, units[rules.n_agents + k])


@njit
def is_reachable(unit: Unit, target: Unit) -> bool:
    """Return whether the target is alive and within SMAC's range for all agents."""
    return target.health > 0.0 and distance(unit, target) <= SHOOT_RANGE


@njit
def is_available(rules: Rules, pathing: NDArray[np.bool_], units: Records, i: int, action: int) -> bool:
    """Return whether agent i may choose the action."""
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
    """Write agent i's mask [A]."""
    for action in range(len(row)):
        row[action] = is_available(rules, pathing, units, i, action)
