"""What units are told: orders, and how SMAC's actions become them (section 2.5)."""

from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.state import ATTACK, HEAL, IDLE, MOVE, NOBODY, Records, Rules, Unit

NO_OP, STOP, NORTH, SOUTH, EAST, WEST, FIRST_TARGET = range(7)


@njit
def interrupt(unit: Unit) -> None:
    """Breaks off what the unit is doing; a swing before its damage point costs no cooldown (section 5)."""
    if unit.windup >= 0.0:
        unit.windup = -1.0
        unit.cooldown = 0.0
    unit.recovery = 0.0
    unit.looked = False


@njit
def can_hit(unit: Unit, target: Unit) -> bool:
    """The unit has a weapon, and it reaches the target's layer."""
    return unit.damage > 0.0 and (unit.hits_air or not target.air)


@njit
def can_heal(unit: Unit, target: Unit) -> bool:
    """The unit is a healer, and the target one of its side's that can be healed."""
    return unit.heal_rate > 0.0 and target.biological and target.hostile == unit.hostile


@njit
def order_stop(unit: Unit) -> None:
    """Do nothing; agents' units never act by themselves (section 4.2)."""
    interrupt(unit)
    unit.order, unit.target, unit.pace = IDLE, NOBODY, 0.0


@njit
def order_move(unit: Unit, x: float, y: float) -> None:
    """Walk to (x, y)."""
    interrupt(unit)
    unit.order, unit.target = MOVE, NOBODY
    unit.goal_x, unit.goal_y = x, y


@njit
def order_target(units: Records, i: int, j: int) -> None:
    """Attack or heal unit j, from wherever unit i is; an order that its kind cannot carry out means stop."""
    unit: Unit = units[i]
    if can_heal(unit, units[j]):
        unit.order, unit.target = HEAL, j
    elif can_hit(unit, units[j]):
        if unit.order != ATTACK or unit.target != j:
            interrupt(unit)
        unit.order, unit.target = ATTACK, j
    else:
        order_stop(unit)


@njit
def order_action(rules: Rules, units: Records, i: int, action: int) -> None:
    """Orders agent i what SMAC's action means. The targets of a healer are agents, those of a fighter enemies."""
    unit: Unit = units[i]
    if action >= FIRST_TARGET:
        first = 0 if unit.heal_rate > 0.0 else rules.n_agents
        order_target(units, i, first + action - FIRST_TARGET)
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
