"""Action masks (docs/smac_contract.md §2.5, docs/smacv2.md)."""

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.map_spec import MAP_SIZE
from aiirmix.envs.skirmish.kernel.compiled import cached_njit, njit
from aiirmix.envs.skirmish.kernel.orders import EAST, NO_OP, NORTH, SOUTH, STOP, WEST
from aiirmix.envs.skirmish.kernel.state import Records, Rules, Unit
from aiirmix.envs.skirmish.rules.sight import reaches


@njit
def is_free(pathing: NDArray[np.bool_], x: float, y: float) -> bool:
    """Return whether SMAC reads the cell at (x, y) as on the map and free; it truncates coordinates towards zero."""
    column, row = int(x), int(y)
    return 0 <= column < MAP_SIZE and 0 <= row < MAP_SIZE and pathing[column, row]


@njit
def is_target(rules: Rules, units: Records, i: int, k: int) -> bool:
    """Return whether enemy k is where agent i may attack it or, if it is a healer, agent k where it may heal it."""
    unit: Unit = units[i]
    if unit.heal_rate > 0.0:
        return k < rules.n_agents and units[k].heal_rate == 0.0 and reaches(rules, unit, units[k])
    return k < rules.n_enemies and reaches(rules, unit, units[rules.n_agents + k])


@njit
def may_target(rules: Rules, units: Records, i: int, k: int) -> bool:
    """Return whether the mask lets agent i choose target k; see `action_mask`."""
    if rules.action_mask:
        return is_target(rules, units, i, k)
    if units[i].heal_rate > 0.0:
        return k < rules.n_agents and units[k].heal_rate == 0.0 and units[k].health > 0.0
    return k < rules.n_enemies and units[rules.n_agents + k].health > 0.0


@njit
def is_available(rules: Rules, pathing: NDArray[np.bool_], units: Records, i: int, action: int) -> bool:
    """Return whether agent i may choose the action."""
    unit: Unit = units[i]
    if unit.health <= 0.0 or action <= NO_OP or action >= rules.n_actions:
        return action == NO_OP and unit.health <= 0.0
    if action >= rules.first_target:
        return may_target(rules, units, i, action - rules.first_target)
    ahead = rules.move_amount / 2
    if action == NORTH:
        return is_free(pathing, unit.x, unit.y + ahead)
    if action == SOUTH:
        return is_free(pathing, unit.x, unit.y - ahead)
    if action == EAST:
        return is_free(pathing, unit.x + ahead, unit.y)
    if action == WEST:
        return is_free(pathing, unit.x - ahead, unit.y)
    return action >= STOP


@cached_njit
def write_mask(rules: Rules, pathing: NDArray[np.bool_], units: Records, i: int, row: NDArray[np.bool_]) -> None:
    """Write agent i's mask [A]."""
    for action in range(len(row)):
        row[action] = is_available(rules, pathing, units, i, action)
