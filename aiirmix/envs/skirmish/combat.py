"""Weapons and healing (section 5): swings, shots in flight, damage, and what grows back."""

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.skirmish.compiled import njit
from aiirmix.envs.skirmish.dice import uniform
from aiirmix.envs.skirmish.enemy import respond
from aiirmix.envs.skirmish.movement import distance, gap, walk
from aiirmix.envs.skirmish.orders import interrupt
from aiirmix.envs.skirmish.state import NOBODY, Battle, Records, Rules, Unit
from aiirmix.envs.skirmish.units import SECOND

RANGE_SLOP = 1.0
"""How far beyond its range a weapon still reaches who was in range when the swing began (section 4.2)."""
JITTER = (-1.0, 2.0)
"""Loops added to the period of each shot, at random (section 4.5)."""
MINIMUM_DAMAGE = 0.5
SHIELD_DELAY = 10 * SECOND
SHIELD_REGENERATION = 2 / SECOND
ENERGY_PER_HEALTH = 0.33


@njit
def attack(rules: Rules, walkable: NDArray[np.bool_], battle: Battle, units: Records, i: int) -> None:
    """One loop of unit i's attack on its target: swing, recover, or come into range."""
    unit: Unit = units[i]
    target: Unit = units[unit.target]
    space = gap(unit, target)
    if unit.windup >= 0.0 and space > unit.range + RANGE_SLOP:
        interrupt(unit)
    if unit.windup >= 0.0:
        swing(rules, units, i)
    elif unit.recovery > 0.0:
        unit.recovery -= 1.0
    elif space > unit.range:
        walk(walkable, units, i, target.x, target.y)
    else:
        unit.pace = 0.0
        if unit.cooldown <= 0.0:
            unit.cooldown = unit.period + uniform(battle, JITTER[0], JITTER[1])
            unit.windup = unit.damage_point
            if unit.windup == 0.0:
                swing(rules, units, i)


@njit
def swing(rules: Rules, units: Records, i: int) -> None:
    """One loop of unit i's swing, at whose damage point the shot leaves."""
    unit: Unit = units[i]
    unit.windup -= 1.0
    if unit.windup > 0.0:
        return
    unit.windup = -1.0
    unit.recovery = unit.backswing
    unit.fired_at = unit.target
    if unit.missile_speed > 0.0:
        launch(unit, distance(unit, units[unit.target]) / unit.missile_speed)
    else:
        if unit.second_hit_delay > 0.0:
            launch(unit, unit.second_hit_delay)
        hit(rules, units, i, unit.target)


@njit
def launch(unit: Unit, time: float) -> None:
    """Sends a shot that hits the unit's target after `time` loops, wherever the target is by then."""
    unit.shot_target = unit.target
    unit.shot_time = time


@njit
def land_shot(rules: Rules, units: Records, i: int) -> None:
    """Brings the shot of unit i, if there is one in flight, a loop nearer; it is lost if its target has died."""
    unit: Unit = units[i]
    if unit.shot_target == NOBODY:
        return
    unit.shot_time -= 1.0
    if unit.shot_time <= 0.0:
        if units[unit.shot_target].health > 0.0:
            hit(rules, units, i, unit.shot_target)
        unit.shot_target = NOBODY


@njit
def hit(rules: Rules, units: Records, i: int, j: int) -> None:
    """One hit of unit i on unit j: shields first and in full; armour protects health (section 5)."""
    unit: Unit = units[i]
    victim: Unit = units[j]
    damage = unit.damage
    if victim.armoured:
        damage += unit.bonus_armoured
    if victim.light:
        damage += unit.bonus_light
    absorbed = min(damage, victim.shield)
    victim.shield -= absorbed
    if damage > absorbed:
        victim.health = max(0.0, victim.health - max(MINIMUM_DAMAGE, damage - absorbed - victim.armour))
    victim.shield_delay = SHIELD_DELAY
    if victim.hostile:
        respond(rules, units, j, i)


@njit
def heal(rules: Rules, walkable: NDArray[np.bool_], units: Records, i: int) -> None:
    """One loop of unit i's healing of its target: restore health, or come into range."""
    unit: Unit = units[i]
    patient: Unit = units[unit.target]
    missing = patient.health_max - patient.health
    if missing > 0.0 and gap(unit, patient) > unit.range:
        walk(walkable, units, i, patient.x, patient.y)
        return
    unit.pace = 0.0
    restored = min(unit.heal_rate, missing, unit.energy / ENERGY_PER_HEALTH)
    patient.health += restored
    if restored > 0.0:
        unit.fired_at = unit.target
    unit.energy -= restored * ENERGY_PER_HEALTH


@njit
def regenerate(unit: Unit) -> None:
    """What a loop of time gives a living unit: shield, health, energy and a readier weapon."""
    unit.cooldown = max(0.0, unit.cooldown - 1.0)
    unit.energy = min(unit.energy_max, unit.energy + unit.energy_regeneration)
    unit.health = min(unit.health_max, unit.health + unit.health_regeneration)
    if unit.shield_delay > 0.0:
        unit.shield_delay -= 1.0
    else:
        unit.shield = min(unit.shield_max, unit.shield + SHIELD_REGENERATION)
