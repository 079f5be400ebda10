"""Constants of each kind of unit: Wings-of-Liberty data, as SMAC's maps use it (docs/smac_contract.md §5).

Lengths are in cells, times in loops (16 to a data second, 8 to an environment step), speeds in cells per loop.
"""

from dataclasses import dataclass

SECOND = 16.0
"""Loops in a data second, the unit of time in the game's data."""
DEFAULT_MISSILE_SPEED = 18.75 / SECOND
ZERG_REGENERATION = 0.2734 / SECOND


@dataclass(frozen=True, kw_only=True)
class UnitType:
    """One row of the unit table. Ranges are measured from edge to edge."""

    health_max: float
    shield_max: float = 0.0
    armour: float = 0.0
    health_regeneration: float = 0.0
    """Health per loop."""

    damage: float = 0.0
    """Of one hit; 0 for a unit without a weapon."""
    bonus_armoured: float = 0.0
    bonus_light: float = 0.0
    range: float = 0.0
    period: float = 0.0
    damage_point: float = 0.0
    """From the start of a swing to the shot; another order in between cancels the shot."""
    backswing: float = 0.0
    missile_speed: float = 0.0
    """At launch; 0: the hit lands at once."""
    missile_acceleration: float = 0.0
    throw_range: float = 0.0
    """Missiles at targets within this range are first thrown (`kernel/missiles.py`); 0: never."""
    second_hit_delay: float = 0.0
    """From the first to the second hit of a swing; 0: there is no second hit."""
    hits_air: bool = False
    range_slop: float = 1.0
    """How far beyond its range the weapon still hits a target that was in range when the swing began."""
    melee_range: float = 0.0
    """Targets nearer than this are hit with claws, after `melee_damage_point` and without a missile; 0: no claws."""
    melee_damage_point: float = 0.0
    sweep: float = 0.0
    """Half the length of the line that two beams sweep across the target; 0: no beams."""
    splash: float = 0.0
    """Radius of the explosion when the unit reaches its target or is killed; 0: it does not explode."""
    damage_structures: float = 0.0
    """Damage of the explosion to structures, regardless of armour; 0: the same as to other units."""

    heal_rate: float = 0.0
    """Health per loop that the unit restores to another; 0: it cannot heal."""
    energy_start: float = 0.0
    energy_max: float = 0.0
    energy_regeneration: float = 0.0

    speed: float
    acceleration: float = 1000.0 / SECOND**2
    """Cells per loop per loop."""
    radius: float
    separation: float
    """Radius of the part of the body that other units cannot enter."""

    strides: bool = False
    """Whether it walks over cliffs and over units that do not stride."""
    air: bool = False
    structure: bool = False
    armoured: bool = False
    light: bool = False
    biological: bool = False
    cooldown_scale: float = 15.0
    """SMAC's divisor of the cooldown feature (docs/smac_contract.md §2.4); it differs from the period."""


MARINE = UnitType(
    health_max=45, damage=6, range=5, period=0.8608 * SECOND, damage_point=0.05 * SECOND, backswing=0.75 * SECOND,
    hits_air=True, speed=2.25 / SECOND, radius=0.375, separation=0.375, light=True, biological=True, cooldown_scale=15,
)  # fmt: skip
MARAUDER = UnitType(
    health_max=125, armour=1, damage=10, bonus_armoured=10, range=6, period=1.5 * SECOND, missile_speed=20 / SECOND,
    speed=2.25 / SECOND, radius=0.5625, separation=0.5, armoured=True, biological=True, cooldown_scale=25,
)  # fmt: skip
MEDIVAC = UnitType(
    health_max=150, armour=1, heal_rate=9 / SECOND, range=4, energy_start=50, energy_max=200,
    energy_regeneration=0.5625 / SECOND, speed=2.75 / SECOND, acceleration=2.3125 / SECOND**2, radius=0.75,
    separation=0.75, air=True, armoured=True, cooldown_scale=200,
)  # fmt: skip
STALKER = UnitType(
    health_max=80, shield_max=80, armour=1, damage=10, bonus_armoured=4, range=6, period=1.44 * SECOND,
    damage_point=0.167 * SECOND, backswing=0.5 * SECOND, missile_speed=DEFAULT_MISSILE_SPEED, hits_air=True,
    speed=2.9531 / SECOND, radius=0.625, separation=0.625, armoured=True, cooldown_scale=35,
)  # fmt: skip
ZEALOT = UnitType(
    health_max=100, shield_max=50, armour=1, damage=8, range=0.1, period=1.2 * SECOND, backswing=0.5 * SECOND,
    second_hit_delay=0.28 * SECOND, speed=2.25 / SECOND, radius=0.5, separation=0.375, light=True, biological=True,
    cooldown_scale=22,
)  # fmt: skip

COLOSSUS = UnitType(
    health_max=200, shield_max=150, armour=1, damage=20, range=6, period=2.2 * SECOND, damage_point=0.0832 * SECOND,
    backswing=0.5 * SECOND, range_slop=0, sweep=1.25, speed=2.25 / SECOND, radius=1, separation=0.75, strides=True,
    armoured=True, cooldown_scale=24,
)  # fmt: skip
HYDRALISK = UnitType(
    health_max=80, health_regeneration=ZERG_REGENERATION, damage=12, range=5, period=0.83 * SECOND,
    damage_point=0.208 * SECOND, backswing=0.5 * SECOND, missile_speed=40 / SECOND, hits_air=True, melee_range=0.5,
    melee_damage_point=0.3 * SECOND, speed=2.25 / SECOND, radius=0.625, separation=0.5, light=True, biological=True,
    cooldown_scale=10,
)  # fmt: skip
ZERGLING = UnitType(
    health_max=35, health_regeneration=ZERG_REGENERATION, damage=5, range=0.1, period=0.696 * SECOND,
    damage_point=0.167 * SECOND, backswing=0.5 * SECOND, speed=2.9531 / SECOND, radius=0.375, separation=0.375,
    light=True, biological=True, cooldown_scale=11,
)  # fmt: skip
BANELING = UnitType(
    health_max=30, health_regeneration=ZERG_REGENERATION, damage=20, bonus_light=15, range=0.25,
    period=0.833 * SECOND, splash=2.2, damage_structures=80, speed=2.5 / SECOND, radius=0.375, separation=0.375,
    biological=True, cooldown_scale=1,
)  # fmt: skip
SPINE_CRAWLER = UnitType(
    health_max=300, health_regeneration=ZERG_REGENERATION, armour=2, damage=25, bonus_armoured=5, range=7,
    period=1.6 * SECOND, damage_point=0.3332 * SECOND, backswing=0.5 * SECOND, missile_speed=12 / SECOND,
    missile_acceleration=140 / SECOND**2, throw_range=3, range_slop=0, speed=0, radius=0.875, separation=0.875,
    structure=True, armoured=True, biological=True,
)  # fmt: skip

UNIT_TYPES = {
    "marine": MARINE,
    "marauder": MARAUDER,
    "medivac": MEDIVAC,
    "stalker": STALKER,
    "zealot": ZEALOT,
    "colossus": COLOSSUS,
    "hydralisk": HYDRALISK,
    "zergling": ZERGLING,
    "baneling": BANELING,
    "spine_crawler": SPINE_CRAWLER,
}
