"""SMAC's scripted ally in place of the caller: `heuristic_ai`, `heuristic_rest` (docs/smac_contract.md §8)."""

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.kernel.compiled import cached_njit, njit
from aiirmix.envs.skirmish.kernel.orders import EAST, NO_OP, NORTH, SOUTH, WEST, order_action
from aiirmix.envs.skirmish.kernel.state import NOBODY, Records, Rules, Unit
from aiirmix.envs.skirmish.rules.masks import is_available
from aiirmix.envs.skirmish.rules.policies import script_offset, script_order


@cached_njit
def order_heuristic(
    rules: Records, pathing: NDArray[np.bool_], battles: Records, units: Records, actions: NDArray[np.int64]
) -> None:
    """Give the agents of all running battles the script's orders, and overwrite the actions [B, N] with them.

    Observations and state show the caller's actions as the last ones.
    """
    for b in range(len(battles)):
        for i in range(rules[0].n_agents):
            if not battles[b].over:
                asked = actions[b, i] if 0 <= actions[b, i] < rules[0].n_actions else NO_OP
                script_order(rules[0], units[b], i)
                if rules[0].heuristic_rest:
                    keep_to_mask(rules[0], pathing, units[b], i)
                actions[b, i] = units[b, i].last_action
                units[b, i].last_action = asked


@njit
def keep_to_mask(rules: Rules, pathing: NDArray[np.bool_], units: Records, i: int) -> None:
    """Replace an unavailable action of the script by a move along the longer axis towards the target."""
    unit: Unit = units[i]
    target = unit.script_target
    if target == NOBODY or is_available(rules, pathing, units, i, unit.last_action):
        return
    x, y = script_offset(unit, units[target])
    if abs(x) > abs(y):
        unit.last_action = EAST if x > 0 else WEST
    else:
        unit.last_action = NORTH if y > 0 else SOUTH
    order_action(rules, units, i, unit.last_action)
