"""Rewards and the ends of battles (docs/smac_contract.md §3.1 to §3.3, docs/smacv2.md)."""

from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.state import Battle, Records, Rules

ONGOING, WON, LOST, DRAWN, TIMED_OUT = range(5)


@njit
def count_losses(rules: Rules, units: Records, first: int, last: int) -> tuple[float, int]:
    """Count what units first … last - 1 lost since the last count.

    Returns:
        Points of health and shield, negative if they regenerated, and deaths.
    """
    lost, deaths = 0.0, 0
    for i in range(first, last):
        unit = units[i]
        if unit.counted > 0.0:
            left = unit.health + unit.shield if unit.health > 0.0 else 0.0
            lost += unit.counted - left
            deaths += left == 0.0
            unit.counted = left
    return lost, deaths


@njit
def battle_reward(rules: Rules, units: Records) -> float:
    """Return the dense reward before bonus and scale.

    SMAC takes the absolute value, so that regeneration of enemies pays (docs/smac_contract.md §3.1); SMACv2 does not.
    """
    dealt, kills = count_losses(rules, units, rules.n_agents, len(units))
    suffered, deaths = count_losses(rules, units, 0, rules.n_agents)
    gained = dealt + rules.reward_death_value * kills
    if rules.reward_only_positive:
        return max(gained, 0.0) if rules.smacv2 else abs(gained)
    return gained - rules.reward_negative_scale * (suffered + rules.reward_death_value * deaths)


@njit
def end_of(rules: Rules, battle: Battle, units: Records) -> int:
    """Return how the battle ended, or ONGOING; the order of the tests is SMAC's (docs/smac_contract.md §3.3)."""
    allies, allied_medics = count_living(units, 0, rules.n_agents)
    enemies, hostile_medics = count_living(units, rules.n_agents, len(units))
    if (allies == 0 and enemies > 0) or (rules.medivac_rules and allies == allied_medics):
        return LOST
    only_medics = rules.medivac_rules and enemies == hostile_medics and (rules.smacv2 or enemies == 1)
    if (allies > 0 and enemies == 0) or only_medics:
        return WON
    if allies == 0:
        return DRAWN
    return TIMED_OUT if battle.step >= rules.episode_limit else ONGOING


@njit
def count_living(units: Records, first: int, last: int) -> tuple[int, int]:
    """Return how many of units first … last - 1 are alive, and how many of those are healers."""
    living, healers = 0, 0
    for i in range(first, last):
        if units[i].health > 0.0:
            living += 1
            healers += units[i].heal_rate > 0.0
    return living, healers


@njit
def step_reward(rules: Rules, units: Records, end: int) -> float:
    """Return the learner's reward of a step, bonus and scale included (docs/smac_contract.md §3.1, §3.2)."""
    reward = battle_reward(rules, units)
    if rules.reward_sparse:
        reward = 1.0 if end == WON else -1.0 if end == LOST else 0.0
    elif end == WON:
        reward += rules.reward_win
    elif end == LOST:
        reward += rules.reward_defeat
    return reward / rules.reward_divisor
