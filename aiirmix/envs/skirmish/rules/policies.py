"""Two policies that need no learning: random available actions, and SMAC's scripted ally (docs/smac_contract.md §8)."""

import math

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.kernel.compiled import cached_njit, njit
from aiirmix.envs.skirmish.kernel.orders import NO_OP, order_target
from aiirmix.envs.skirmish.kernel.rng import below
from aiirmix.envs.skirmish.kernel.state import NOBODY, Records, Rng, Rules, Unit, record


class Stream(Rng):
    """The random numbers of a policy.

    A field that battles lack keeps Numba from passing battles to functions that it compiled for streams, of which it
    warns.
    """

    battle: int
    """The index of the battle it is for."""


class RandomPolicy:
    """A policy that draws uniformly among the available actions, for each battle from its own seed."""

    def __init__(self, seeds: NDArray[np.int64]) -> None:
        self._rng: Records = np.zeros(len(seeds), record(Stream))
        self._rng["battle"] = np.arange(len(seeds))
        self._rng["rng_state"] = ~seeds  # other random numbers than those of the battles with these seeds

    def __call__(self, avail: NDArray[np.bool_], actions: NDArray[np.int64]) -> None:
        """Write an action for every agent into `actions` [B, N], given the masks [B, N, A]."""
        draw_actions(self._rng, avail, actions)


@cached_njit
def draw_actions(rng: Records, avail: NDArray[np.bool_], actions: NDArray[np.int64]) -> None:
    """Draw the random policy's actions. Branch-free, as a processor cannot predict random branches."""
    battles, agents, n_actions = avail.shape
    for b in range(battles):
        for i in range(agents):
            left, chosen = below(rng[b], avail[b, i].sum()), 0
            for action in range(n_actions):
                left -= avail[b, i, action]
                chosen += left >= 0
            actions[b, i] = chosen


@cached_njit
def script_orders(rules: Records, battles: Records, units: Records) -> None:
    """Give the agents of all running battles the orders of SMAC's scripted ally, regardless of the masks.

    A fighter attacks the nearest enemy until it is dead; a medivac heals the nearest wounded ally until it is healed.
    """
    for b in range(len(battles)):
        if not battles[b].over:
            for i in range(rules[0].n_agents):
                script_order(rules[0], units[b], i)


@njit
def script_order(rules: Rules, units: Records, i: int) -> None:
    """Give agent i, dead or alive, the script's order and set its last action, available or not.

    A marauder can choose a medivac, which it cannot hit, and then waits for it to die: SMAC's test compares with the
    type of the wrong side. A dead agent chooses as if it were still where it was last seen.
    """
    unit: Unit = units[i]
    if unit.health > 0.0:
        unit.script_x, unit.script_y = single(unit.x), single(unit.y)
    first, last = (0, rules.n_agents) if unit.heal_rate > 0.0 else (rules.n_agents, len(units))
    if not is_target_of(units, i, unit.script_target):
        unit.script_target = nearest_target(units, i, first, last)
    if unit.script_target == NOBODY:
        unit.last_action = NO_OP
    else:
        order_target(units, i, unit.script_target)
        unit.last_action = rules.first_target + unit.script_target - first


@njit
def is_target_of(units: Records, i: int, j: int) -> bool:
    """Return whether unit j is a target: alive for a fighter; alive, wounded and no healer for a healer."""
    if j == NOBODY or units[j].health <= 0.0:
        return False
    unit: Unit = units[i]
    other: Unit = units[j]
    return unit.heal_rate == 0.0 or (single(other.health) < other.health_max and other.heal_rate == 0.0)


@njit
def nearest_target(units: Records, i: int, first: int, last: int) -> int:
    """Return the nearest target among units first … last - 1, equally near ones by their number, or NOBODY."""
    nearest, space = NOBODY, np.inf
    for j in range(first, last):
        if is_target_of(units, i, j):
            x, y = script_offset(units[i], units[j])
            apart = math.sqrt(x * x + y * y)
            if apart < space:
                nearest, space = j, apart
    return nearest


@njit
def script_offset(unit: Unit, other: Unit) -> tuple[float, float]:
    """Return the way from an agent to a living unit as the script, which reads single precision, computes it."""
    return single(other.x) - unit.script_x, single(other.y) - unit.script_y


@njit
def single(number: float) -> float:
    """Return the number rounded to single precision."""
    return float(np.float32(number))
