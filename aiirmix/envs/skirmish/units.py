"""What never changes about a kind of unit: Wings-of-Liberty data, as SMAC's maps use it (contract, section 5).

Lengths are in cells, times in loops (16 to a data second, 8 to an environment step), speeds in cells per loop.
"""

from dataclasses import dataclass

SECOND = 16.0
"""Loops in a data second, the unit in which the game's data are written."""
DEFAULT_MISSILE_SPEED = 18.75 / SECOND


@dataclass(frozen=True, kw_only=True)
class UnitType:
    """One row of the unit table. A range is measured from edge to edge."""

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
    """From the start of a swing to the shot; a unit that is ordered elsewhere before does not shoot."""
    backswing: float = 0.0
    missile_speed: float = 0.0
    """0: the hit lands at once."""
    second_hit_delay: float = 0.0
    """From the first to the second hit of a swing; 0: there is no second hit."""
    hits_air: bool = False

    heal_rate: float = 0.0
    """Health per loop that the unit restores to another; 0: it is no healer."""
    energy_start: float = 0.0
    energy_max: float = 0.0
    energy_regeneration: float = 0.0

    speed: float
    acceleration: float = 1000.0 / SECOND**2
    """Cells per loop per loop."""
    radius: float
    separation: float
    """Radius of the part of the body that others cannot enter."""

    air: bool = False
    armoured: bool = False
    light: bool = False
    biological: bool = False
    cooldown_scale: float = 15.0
    """SMAC's divisor of the cooldown feature (section 2.4), which is not the period."""


MARINE = UnitType(
    health_max=45, damage=6, range=5, period=0.8608 * SECOND, damage_point=0.05 * SECOND, backswing=0.75 * SECOND,
    hits_air=True, speed=2.25 / SECOND, radius=0.375, separation=0.375, light=True, biological=True, cooldown_scale=15,
)  # fmt: skip
MARAUDER = UnitType(
    health_max=125, armour=1, damage=10, bonus_armoured=10, range=6, period=1.5 * SECOND, missile_speed=20 / SECOND,
    speed=2.25 / SECOND, radius=0.5625, separation=0.5625, armoured=True, biological=True, cooldown_scale=25,
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

UNIT_TYPES = {"marine": MARINE, "marauder": MARAUDER, "medivac": MEDIVAC, "stalker": STALKER, "zealot": ZEALOT}
