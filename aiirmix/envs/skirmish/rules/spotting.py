"""Which agents may see which enemies if not all may: `prob_obs_enemy`, `obs_blanking` (docs/smacv2.md)."""

import numpy as np

from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.rng import below, uniform
from aiirmix.envs.skirmish.kernel.state import NOBODY, Battle, Records, Rules, Unit
from aiirmix.envs.skirmish.rules.sight import sees

ONE = np.uint64(1)


@njit
def forget_dead(rules: Rules, units: Records) -> None:
    """Forget enemies that are dead, and what dead agents were the first to see."""
    for a in range(rules.n_agents):
        for e in range(rules.n_agents, len(units)):
            if units[a].health <= 0.0 and units[e].spotter == a:
                units[e].spotter, units[e].shown = NOBODY, np.uint64(0)
                for other in range(rules.n_agents, len(units)):
                    units[other].shown &= ~(ONE << np.uint64(a))
    for e in range(rules.n_agents, len(units)):
        if units[e].health <= 0.0:
            units[e].spotter, units[e].shown = NOBODY, np.uint64(0)


@njit
def shuffle_glances(rules: Rules, battle: Battle, units: Records) -> None:
    """Put the agents in a random order of looking around."""
    for k in range(rules.n_agents - 1, 0, -1):
        other = below(battle, k + 1)
        units[k].glance, units[other].glance = units[other].glance, units[k].glance


@njit
def spot(rules: Rules, battle: Battle, units: Records, i: int, e: int) -> bool:
    """Let agent i look at enemy e; return whether it may see it.

    The first agent that sees an enemy may; whether each of the others may is drawn then, once. SMACv2 spots dead
    enemies too, which matters with `obs_blanking` only.
    """
    enemy: Unit = units[e]
    is_new = enemy.spotter == NOBODY and (rules.obs_blanking or enemy.health > 0.0)
    if is_new and sees(rules, units[i], enemy):
        enemy.spotter = i
        for a in range(rules.n_agents):
            if a == i or uniform(battle, 0.0, 1.0) < rules.prob_obs_enemy:
                enemy.shown |= ONE << np.uint64(a)
    return bool(enemy.shown >> np.uint64(i) & ONE)
