"""What agents differ in beyond their kind: hit probabilities, levels of health, masks (docs/smacv2.md)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.rng import uniform
from aiirmix.envs.skirmish.kernel.state import Battle, Records, Rules, Unit

ONE = np.uint64(1)


@njit
def draw_capabilities(rules: Rules, battle: Battle, units: Records) -> None:
    """Draw each agent's hit probability and level of health, and from which agents each enemy is hidden."""
    for i in range(rules.n_agents):
        if rules.draws_attack:
            units[i].accuracy = uniform(battle, rules.attack_low, rules.attack_high)
        if rules.draws_health:
            units[i].death_level = uniform(battle, rules.health_low, rules.health_high)
    for e in range(rules.n_agents, len(units)):
        units[e].hidden = np.uint64(0)
        for a in range(rules.n_agents):
            if rules.enemy_mask > 0.0 and uniform(battle, 0.0, 1.0) < rules.enemy_mask:
                units[e].hidden |= ONE << np.uint64(a)


@njit
def is_hidden(enemy: Unit, i: int) -> bool:
    """Return whether the enemy's health and kind are hidden from agent i."""
    return bool(enemy.hidden >> np.uint64(i) & ONE)


@njit
def sends_order(rules: Rules, battle: Battle, unit: Unit) -> bool:
    """Draw whether the agent sends the order to attack or heal that it chose."""
    return not rules.draws_attack or uniform(battle, 0.0, 1.0) <= unit.accuracy


@njit
def mark_weak(rules: Rules, units: Records) -> None:
    """Mark the agents whose health is below their level."""
    for i in range(rules.n_agents):
        units[i].weak = units[i].health / units[i].health_max < units[i].death_level


@njit
def kill_weak(rules: Rules, units: Records) -> None:
    """Kill the agents that are marked."""
    for i in range(rules.n_agents):
        if units[i].weak:
            units[i].health = 0.0


@njit
def shown_health(rules: Rules, unit: Unit) -> float:
    """Return an agent's fraction of its health as it is shown: 0 at the level at which it dies."""
    fraction = unit.health / unit.health_max
    return (fraction - unit.death_level) / (1.0 - unit.death_level) if rules.draws_health else fraction


@njit
def write_capabilities(rules: Rules, unit: Unit, shown: bool, row: NDArray[Any], k: int) -> int:
    """Write the capabilities that are drawn, or zeros if they are not shown; return what comes next."""
    if rules.draws_attack:
        row[k] = unit.accuracy if shown else 0.0
        k += 1
    if rules.draws_health:
        row[k] = unit.death_level if shown else 0.0
        k += 1
    return k
