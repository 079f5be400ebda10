"""Orders to units, and their meaning as SMAC's actions (docs/smac_contract.md §2.5)."""

from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.state import ATTACK, HEAL, IDLE, MOVE, NOBODY, Records, Rules, Unit

NO_OP, STOP, NORTH, SOUTH, EAST, WEST, FIRST_VIEW = range(7)
"""Actions to turn, if there are any, begin at FIRST_VIEW, and those that mean a target at `Rules.first_target`."""


@njit
def interrupt(unit: Unit) -> None:
    """Interrupt the unit; a swing before its damage point costs no cooldown (docs/smac_contract.md §5)."""
    if unit.windup >= 0.0:
        unit.windup = -1.0
        unit.cooldown = 0.0
    unit.recovery = 0.0
    unit.looked = False


@njit
def can_hit(unit: Unit, target: Unit) -> bool:
    """Return whether the unit has a weapon that can hit the target, in the air or on the ground."""
    return unit.damage > 0.0 and (unit.hits_air or not target.air)


@njit
def can_heal(unit: Unit, target: Unit) -> bool:
    """Return whether the unit can heal and the target is one of its own side that can be healed."""
    return unit.heal_rate > 0.0 and target.biological and target.hostile == unit.hostile


@njit
def order_stop(unit: Unit) -> None:
    """Order the unit to do nothing; agents' units never act by themselves (docs/smac_contract.md §4.2)."""
    interrupt(unit)
    unit.order, unit.target, unit.pace = IDLE, NOBODY, 0.0


@njit
def order_move(unit: Unit, x: float, y: float) -> None:
    """Order the unit to walk to (x, y)."""
    interrupt(unit)
    unit.order, unit.target = MOVE, NOBODY
    unit.goal_x, unit.goal_y = x, y


@njit
def order_target(units: Records, i: int, j: int) -> bool:
    """Order unit i to attack or heal unit j, at any distance; return whether it can.

    If it can do neither, the game rejects the order, and the unit carries on with the one that it has.
    """
    unit: Unit = units[i]
    if can_heal(unit, units[j]):
        unit.order, unit.target = HEAL, j
    elif can_hit(unit, units[j]):
        if unit.order != ATTACK or unit.target != j:
            interrupt(unit)
        unit.order, unit.target = ATTACK, j
    else:
        return False
    return True


@njit
def order_action(rules: Rules, units: Records, i: int, action: int) -> None:
    """Give agent i the order that SMAC's action means. A healer targets agents, a fighter enemies.

    Turning its view does not change what it does.
    """
    unit: Unit = units[i]
    if action >= rules.first_target:
        first, last = (0, rules.n_agents) if unit.heal_rate > 0.0 else (rules.n_agents, len(units))
        target = first + action - rules.first_target
        if target < last:
            order_target(units, i, target)
    elif action > WEST:
        unit.gaze = action - FIRST_VIEW
    elif action == NORTH:
        order_move(unit, unit.x, unit.y + rules.move_amount)
    elif action == SOUTH:
        order_move(unit, unit.x, unit.y - rules.move_amount)
    elif action == EAST:
        order_move(unit, unit.x + rules.move_amount, unit.y)
    elif action == WEST:
        order_move(unit, unit.x - rules.move_amount, unit.y)
    else:
        order_stop(unit)
