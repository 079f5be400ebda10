"""Damage and regeneration (docs/smac_contract.md §5)."""

from aiirmix.envs.skirmish.catalog.units import SECOND
from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.enemy import respond
from aiirmix.envs.skirmish.kernel.state import Records, Rules, Unit

MINIMUM_DAMAGE = 0.5
SHIELD_DELAY = 10 * SECOND
SHIELD_REGENERATION = 2 / SECOND


@njit
def damage_to(unit: Unit, victim: Unit) -> float:
    """Return the damage of one hit of the unit, before armour."""
    if victim.structure and unit.damage_structures > 0.0:
        return unit.damage_structures + victim.armour  # which this damage ignores
    damage = unit.damage
    if victim.armoured:
        damage += unit.bonus_armoured
    if victim.light:
        damage += unit.bonus_light
    return damage


@njit
def hit(rules: Rules, units: Records, i: int, j: int) -> None:
    """Apply one hit of unit i to unit j: the full damage to shields first, then to health, reduced by armour."""
    unit: Unit = units[i]
    victim: Unit = units[j]
    damage, before = damage_to(unit, victim), victim.health + victim.shield
    absorbed = min(damage, victim.shield)
    victim.shield -= absorbed
    if damage > absorbed:
        victim.health = max(0.0, victim.health - max(MINIMUM_DAMAGE, damage - absorbed - victim.armour))
        victim.bursting = victim.health == 0.0 and victim.splash > 0.0
    victim.shield_delay = SHIELD_DELAY
    done = before - victim.health - victim.shield
    unit.dealt += done + (rules.reward_death_value if victim.health == 0.0 else 0.0)
    victim.absorbed += done
    if victim.hostile:
        respond(rules, units, j, i)


@njit
def regenerate(unit: Unit) -> None:
    """Regenerate a living unit for one loop: shield, health, energy and the weapon's cooldown."""
    unit.cooldown = max(0.0, unit.cooldown - 1.0)
    unit.energy = min(unit.energy_max, unit.energy + unit.energy_regeneration)
    unit.health = min(unit.health_max, unit.health + unit.health_regeneration)
    if unit.shield_delay > 0.0:
        unit.shield_delay -= 1.0
    else:
        unit.shield = min(unit.shield_max, unit.shield + SHIELD_REGENERATION)
