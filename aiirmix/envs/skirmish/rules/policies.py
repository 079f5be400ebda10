"""Two policies that need no learning: random available actions, and SMAC's scripted ally (contract, section 8)."""

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.kernel.compiled import cached_njit, njit
from aiirmix.envs.skirmish.kernel.movement import distance
from aiirmix.envs.skirmish.kernel.orders import FIRST_TARGET, NO_OP, order_stop, order_target
from aiirmix.envs.skirmish.kernel.rng import below
from aiirmix.envs.skirmish.kernel.state import NOBODY, Dice, Records, Rules, Unit, record


class RandomPolicy:
    """Draws uniformly among the available actions, for each battle from its own seed."""

    def __init__(self, seeds: NDArray[np.int64]) -> None:
        self._dice: Records = np.zeros(len(seeds), record(Dice))
        self._dice["random"] = ~seeds  # not the numbers of battles with these seeds

    def __call__(self, avail: NDArray[np.bool_], actions: NDArray[np.int64]) -> None:
        """Writes an action for every agent, given the masks [B, N, A], into `actions` [B, N]."""
        draw_actions(self._dice, avail, actions)


@cached_njit
def draw_actions(dice: Records, avail: NDArray[np.bool_], actions: NDArray[np.int64]) -> None:
    """The random policy's choice. Which one it is nobody can predict, a processor included: it does not branch."""
    battles, agents, n_actions = avail.shape
    for b in range(battles):
        for i in range(agents):
            left, chosen = below(dice[b], avail[b, i].sum()), 0
            for action in range(n_actions):
                left -= avail[b, i, action]
                chosen += left >= 0
            actions[b, i] = chosen


@cached_njit
def script_orders(rules: Records, battles: Records, units: Records) -> None:
    """Gives the agents of all running battles the orders of SMAC's scripted ally, whatever the masks say.

    A fighter attacks the nearest enemy until it is dead, a medivac heals the nearest wounded until it is well.
    """
    for b in range(len(battles)):
        if not battles[b].over:
            for i in range(rules[0].n_agents):
                script_order(rules[0], units[b], i)


@njit
def script_order(rules: Rules, units: Records, i: int) -> None:
    """Orders agent i; the action reported is the target's, whether or not it is available.

    A marauder can choose a medivac, which it cannot hit, and then waits for it to die: SMAC's test compares with the
    wrong side's type.
    """
    unit: Unit = units[i]
    first, last = (0, rules.n_agents) if unit.heal_rate > 0.0 else (rules.n_agents, len(units))
    if not is_worthwhile(units, i, unit.script_target):
        unit.script_target = nearest_target(units, i, first, last)
    if unit.script_target == NOBODY:
        order_stop(unit)
        unit.last_action = NO_OP
    else:
        order_target(units, i, unit.script_target)
        unit.last_action = FIRST_TARGET + unit.script_target - first


@njit
def is_worthwhile(units: Records, i: int, j: int) -> bool:
    """Unit j is a living enemy for a fighter, a wounded comrade (no healer itself) for a healer."""
    if j == NOBODY or units[j].health <= 0.0:
        return False
    unit: Unit = units[i]
    other: Unit = units[j]
    return unit.heal_rate == 0.0 or (other.health < other.health_max and other.heal_rate == 0.0)


@njit
def nearest_target(units: Records, i: int, first: int, last: int) -> int:
    """The nearest worthwhile target among units first … last - 1, or NOBODY."""
    nearest, space = NOBODY, np.inf
    for j in range(first, last):
        if is_worthwhile(units, i, j) and distance(units[i], units[j]) < space:
            nearest, space = j, distance(units[i], units[j])
    return nearest
