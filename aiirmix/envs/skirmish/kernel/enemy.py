"""The enemies' behaviour: their orders and the game's default reactions (docs/smac_contract.md §4.1, §4.2).

Agents' units are passive and have none of these reactions.
"""

import numpy as np

from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.movement import distance, gap, is_within
from aiirmix.envs.skirmish.kernel.orders import can_heal, can_hit, interrupt
from aiirmix.envs.skirmish.kernel.state import ATTACK, HEAL, IDLE, MOVE, NOBODY, Battle, Records, Rules, Unit

MINIMUM_SCAN_RANGE = 5.0
EVERYWHERE = 100.0
"""The scan range of enemies whose order is to attack the agents themselves."""
HELP_RADIUS = 4.0
AUTOCAST_RANGE = 6.0
AUTOCAST_ENERGY = 5.0
CROWD = 2.0
"""Distance in cells at which an enemy has arrived if others keep it from getting nearer to its goal."""
HUNT_PERIOD = 8
"""Loops from one order of SMACv2's map to its idle enemies to the next: half a second of the game (docs/smacv2.md)."""


@njit
def think(rules: Rules, battle: Battle, units: Records, i: int) -> None:
    """Decide what enemy i does in this loop: fight or heal its target, or walk on towards its goal.

    It keeps a target that it can shoot at, and otherwise prefers the nearest one.
    """
    unit: Unit = units[i]
    if unit.target != NOBODY and units[unit.target].health <= 0.0:
        set_target(unit, NOBODY)
    if rules.enemies_hunt:
        hunt(rules, units, i, battle.clock % HUNT_PERIOD == 0)
    else:
        look_for_target(rules, units, i)
    if unit.target == NOBODY:
        unit.order = IDLE if has_arrived(unit) else MOVE
    else:
        unit.order = HEAL if unit.heal_rate > 0.0 else ATTACK


@njit
def look_for_target(rules: Rules, units: Records, i: int) -> None:
    """Find enemy i a unit to fight or heal, unless it has a target that it can shoot at."""
    unit: Unit = units[i]
    if unit.heal_rate > 0.0:
        set_target(unit, find_patient(rules, units, i))
    elif unit.target == NOBODY or not is_within(unit, units[unit.target], unit.range):
        found = find_target(rules, units, i)
        if found != NOBODY:
            set_target(unit, found)


@njit
def hunt(rules: Rules, units: Records, i: int, ordered: bool) -> None:
    """Let enemy i, which keeps its target until it is dead, find the next one (docs/smacv2.md).

    If it has none, it is `ordered` to attack the nearest agent from time to time. In between it looks around it, and
    stays where it is. A healer follows the agent meanwhile, and heals on the way.
    """
    unit: Unit = units[i]
    if unit.heal_rate > 0.0:
        set_target(unit, find_patient(rules, units, i))
        quarry = nearest_agent(rules, units, i, False) if ordered and rules.healers_follow else NOBODY
        if quarry != NOBODY:
            unit.goal_x, unit.goal_y = units[quarry].x, units[quarry].y
    elif unit.target == NOBODY:
        set_target(unit, nearest_agent(rules, units, i, True) if ordered else find_target(rules, units, i))
        unit.goal_x, unit.goal_y = unit.x, unit.y


@njit
def nearest_agent(rules: Rules, units: Records, i: int, attacked: bool) -> int:
    """Return the agent whose centre is nearest to enemy i, or NOBODY; to be attacked, it must be one that i can hit."""
    nearest, space = NOBODY, np.inf
    for j in range(rules.n_agents):
        if units[j].health > 0.0 and (not attacked or can_hit(units[i], units[j])):
            apart = distance(units[i], units[j])
            if apart < space:
                nearest, space = j, apart
    return nearest


@njit
def has_arrived(unit: Unit) -> bool:
    """Return whether the unit is close to its goal and others block its way there."""
    return unit.side != 0 and (unit.goal_x - unit.x) ** 2 + (unit.goal_y - unit.y) ** 2 < CROWD**2


@njit
def set_target(unit: Unit, target: int) -> None:
    """Set the unit's target; another one interrupts a swing at the old one."""
    if unit.target != target:
        interrupt(unit)
        unit.target = target


@njit
def find_target(rules: Rules, units: Records, i: int) -> int:
    """Return the nearest agent within its scan range that enemy i can hit, or NOBODY."""
    unit: Unit = units[i]
    nearest, space = NOBODY, max(MINIMUM_SCAN_RANGE, unit.range) + rules.scan_margin
    if rules.agents_are_goal:
        space = EVERYWHERE
    for j in range(rules.n_agents):
        other: Unit = units[j]
        reach = space + unit.radius + other.radius
        x, y = other.x - unit.x, other.y - unit.y
        if x * x + y * y <= reach * reach and other.health > 0.0 and can_hit(unit, other):
            nearest, space = j, gap(unit, other)
    return nearest


@njit
def find_patient(rules: Rules, units: Records, i: int) -> int:
    """Return which unit an enemy healer heals, or NOBODY.

    It keeps its patient until healed. The next is the one with the lowest fraction of health, then the nearest, as the
    ability's data sort them.
    """
    unit: Unit = units[i]
    if unit.target != NOBODY and units[unit.target].health < units[unit.target].health_max:
        return unit.target
    chosen, fraction, space = NOBODY, 1.0, 0.0
    if unit.energy >= AUTOCAST_ENERGY:
        for j in range(rules.n_agents, len(units)):
            other: Unit = units[j]
            if other.health > 0.0 and can_heal(unit, other) and is_within(unit, other, AUTOCAST_RANGE):
                left, apart = other.health / other.health_max, gap(unit, other)
                if left < fraction or (left == fraction < 1.0 and apart < space):
                    chosen, fraction, space = j, left, apart
    return chosen


@njit
def respond(rules: Rules, units: Records, i: int, attacker: int) -> None:
    """Make enemy i, and those near it, attack the attacker if they have no target (call for help)."""
    turn_on(units, i, attacker)
    for j in range(rules.n_agents, len(units)):
        if distance(units[i], units[j]) <= HELP_RADIUS:
            turn_on(units, j, attacker)


@njit
def turn_on(units: Records, i: int, attacker: int) -> None:
    """Make the attacker enemy i's target if it has none."""
    unit: Unit = units[i]
    if unit.target == NOBODY and unit.health > 0.0 and can_hit(unit, units[attacker]):
        set_target(unit, attacker)
