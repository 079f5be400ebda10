"""Weapons and healing: swings and shots in flight (docs/smac_contract.md §5)."""

from aiirmix.envs.skirmish.kernel.area import BEAMS_MEET, aim_beams
from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.damage import hit
from aiirmix.envs.skirmish.kernel.missiles import flight_time
from aiirmix.envs.skirmish.kernel.movement import is_within, walk
from aiirmix.envs.skirmish.kernel.orders import interrupt
from aiirmix.envs.skirmish.kernel.rng import uniform
from aiirmix.envs.skirmish.kernel.state import NOBODY, Battle, Records, Rules, Unit
from aiirmix.envs.skirmish.kernel.terrain import Terrain

JITTER = (-1.0, 2.0)
"""Bounds of the random number of loops added to the period of each shot (docs/smac_contract.md §4.5)."""
ENERGY_PER_HEALTH = 0.33


@njit
def attack(rules: Rules, terrain: Terrain, battle: Battle, units: Records, i: int) -> None:
    """Play one loop of unit i's attack on its target: swing, recover, or come into range."""
    unit: Unit = units[i]
    target: Unit = units[unit.target]
    if unit.windup >= 0.0 and not is_within(unit, target, unit.range + unit.range_slop):
        interrupt(unit)
    if unit.windup >= 0.0:
        swing(rules, units, i)
    elif unit.recovery > 0.0:
        unit.recovery -= 1.0
    elif not is_within(unit, target, unit.range):
        walk(terrain, units, i, target.x, target.y)
    else:
        unit.pace = 0.0
        if unit.cooldown <= 0.0:
            unit.cooldown = unit.period + uniform(battle, JITTER[0], JITTER[1])
            unit.windup = unit.melee_damage_point if has_claws_on(unit, target) else unit.damage_point
            if unit.windup == 0.0:
                swing(rules, units, i)


@njit
def swing(rules: Rules, units: Records, i: int) -> None:
    """Play one loop of unit i's swing; the shot is fired at its damage point."""
    unit: Unit = units[i]
    unit.windup -= 1.0
    if unit.windup > 0.0:
        return
    unit.windup = -1.0
    unit.recovery = unit.backswing
    unit.fired_at = unit.target
    if unit.splash > 0.0:
        unit.health = 0.0
        unit.bursting = True
    elif unit.sweep > 0.0:
        aim_beams(unit, units[unit.target], unit.target if unit.hostile else unit.target - rules.n_agents)
        launch(unit, BEAMS_MEET)
    elif unit.missile_speed > 0.0 and not has_claws_on(unit, units[unit.target]):
        launch(unit, flight_time(unit, units[unit.target]))
    else:
        if unit.second_hit_delay > 0.0:
            launch(unit, unit.second_hit_delay)
        hit(rules, units, i, unit.target)


@njit
def has_claws_on(unit: Unit, target: Unit) -> bool:
    """Return whether the unit has claws and the target is on the ground and near enough for them."""
    return unit.melee_range > 0.0 and not target.air and is_within(unit, target, unit.melee_range)


@njit
def launch(unit: Unit, time: float) -> None:
    """Fire a shot that hits the unit's target after `time` loops, wherever the target is by then."""
    unit.shot_target = unit.target
    unit.shot_time = time


@njit
def land_shot(rules: Rules, units: Records, i: int) -> None:
    """Advance the shot of unit i in flight, if any, by one loop; it is lost if its target has died."""
    unit: Unit = units[i]
    if unit.shot_target == NOBODY:
        return
    unit.shot_time -= 1.0
    if unit.shot_time <= 0.0:
        for _ in range(2 if unit.sweep > 0.0 else 1):
            if units[unit.shot_target].health > 0.0:
                hit(rules, units, i, unit.shot_target)
        unit.shot_target = NOBODY


@njit
def heal(rules: Rules, terrain: Terrain, units: Records, i: int) -> None:
    """Play one loop of unit i's healing of its target: restore health, or come into range."""
    unit: Unit = units[i]
    patient: Unit = units[unit.target]
    missing = patient.health_max - patient.health
    if missing > 0.0 and not is_within(unit, patient, unit.range):
        walk(terrain, units, i, patient.x, patient.y)
        return
    unit.pace = 0.0
    restored = min(unit.heal_rate, missing, unit.energy / ENERGY_PER_HEALTH)
    patient.health += restored
    unit.healed += restored
    if restored > 0.0:
        unit.fired_at = unit.target
    unit.energy -= restored * ENERGY_PER_HEALTH
