"""What enemies do by themselves: one attack-move to the agents' spawn and the game's unit defaults (sections 4.1, 4.2).

Agents' units have none of this: they are passive.
"""

from aiirmix.envs.skirmish.compiled import njit
from aiirmix.envs.skirmish.movement import distance, gap
from aiirmix.envs.skirmish.orders import can_hit, interrupt
from aiirmix.envs.skirmish.state import ATTACK, HEAL, MOVE, NOBODY, Battle, Records, Rules, Unit

MINIMUM_SCAN_RANGE = 5.0
HELP_RADIUS = 4.0
AUTOCAST_RANGE = 6.0
AUTOCAST_ENERGY = 5.0


@njit
def think(rules: Rules, battle: Battle, units: Records, i: int) -> None:
    """Decides what enemy i does in this loop: fight or heal whom it has found, or walk on towards its goal."""
    unit: Unit = units[i]
    lost = unit.target != NOBODY and units[unit.target].health <= 0.0
    if lost:
        set_target(unit, NOBODY)
    if lost or (battle.loop + i) % rules.scan_period == 0:
        if unit.heal_rate > 0.0:
            set_target(unit, find_patient(rules, units, i))
        elif unit.target == NOBODY or gap(unit, units[unit.target]) > unit.range:
            found = find_target(rules, units, i)
            if found != NOBODY:
                set_target(unit, found)
    unit.order = MOVE if unit.target == NOBODY else HEAL if unit.heal_rate > 0.0 else ATTACK


@njit
def set_target(unit: Unit, target: int) -> None:
    """Turns to another target, which breaks off a swing at the old one."""
    if unit.target != target:
        interrupt(unit)
        unit.target = target


@njit
def find_target(rules: Rules, units: Records, i: int) -> int:
    """The nearest agent that enemy i can hit and that is within its scan range, or NOBODY."""
    unit: Unit = units[i]
    nearest, space = NOBODY, max(MINIMUM_SCAN_RANGE, unit.range)
    for j in range(rules.n_agents):
        other: Unit = units[j]
        if other.health > 0.0 and can_hit(unit, other) and gap(unit, other) <= space:
            nearest, space = j, gap(unit, other)
    return nearest


@njit
def find_patient(rules: Rules, units: Records, i: int) -> int:
    """Whom an enemy healer heals by itself: its patient until healed, then the nearest wounded one, or NOBODY."""
    unit: Unit = units[i]
    if unit.target != NOBODY and units[unit.target].health < units[unit.target].health_max:
        return unit.target
    nearest, space = NOBODY, AUTOCAST_RANGE
    if unit.energy >= AUTOCAST_ENERGY:
        for j in range(rules.n_agents, len(units)):
            other: Unit = units[j]
            wounded = 0.0 < other.health < other.health_max and other.biological
            if wounded and gap(unit, other) <= space:
                nearest, space = j, gap(unit, other)
    return nearest


@njit
def respond(rules: Rules, units: Records, i: int, attacker: int) -> None:
    """Enemy i, hit from beyond its scan range, turns on the attacker, and so do its idle comrades nearby."""
    turn_on(units, i, attacker)
    if rules.call_for_help:
        for j in range(rules.n_agents, len(units)):
            if distance(units[i], units[j]) <= HELP_RADIUS:
                turn_on(units, j, attacker)


@njit
def turn_on(units: Records, i: int, attacker: int) -> None:
    """Makes the attacker enemy i's target if it has none."""
    unit: Unit = units[i]
    if unit.target == NOBODY and unit.health > 0.0 and can_hit(unit, units[attacker]):
        set_target(unit, attacker)
