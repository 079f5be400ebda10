"""The kinds of unit, which three modules describe from different points of view."""

import pytest

from aiirmix.envs.contract.map_spec import UNITS
from aiirmix.envs.skirmish.catalog.units import SECOND, UNIT_TYPES
from aiirmix.envs.skirmish.views.raw import STOCK_TYPES
from tests.envs.skirmish.contract_maps import COOLDOWN, HEALTH, SHIELD


def test_every_kind_that_a_map_can_have_is_known():
    assert set(UNITS) == set(UNIT_TYPES) == set(STOCK_TYPES)


def test_health_shields_and_cooldown_scales_are_those_of_the_contract():
    assert {name: kind.health_max for name, kind in UNIT_TYPES.items()} == HEALTH
    assert {name: kind.shield_max for name, kind in UNIT_TYPES.items() if kind.shield_max} == SHIELD
    assert {name: kind.cooldown_scale for name, kind in UNIT_TYPES.items()} == {"spine_crawler": 15, **COOLDOWN}


# Values of the game's data, version 4.10.4 (core and liberty), in data seconds. Absent: the data's default.
BODIES = {
    "marine": {"Radius": 0.375, "SeparationRadius": 0.375, "Speed": 2.25},
    "marauder": {"Radius": 0.5625, "LifeArmor": 1, "Speed": 2.25},
    "medivac": {"Radius": 0.75, "SeparationRadius": 0.75, "LifeArmor": 1, "Speed": 2.75, "Acceleration": 2.3125},
    "stalker": {"Radius": 0.625, "SeparationRadius": 0.625, "LifeArmor": 1, "Speed": 2.9531},
    "zealot": {"SeparationRadius": 0.375, "LifeArmor": 1, "Speed": 2.25},
    "colossus": {"Radius": 1, "SeparationRadius": 0.75, "LifeArmor": 1, "Speed": 2.25},
    "hydralisk": {"Radius": 0.625, "Speed": 2.25, "LifeRegenRate": 0.2734},
    "zergling": {"Radius": 0.375, "SeparationRadius": 0.375, "Speed": 2.9531, "LifeRegenRate": 0.2734},
    "baneling": {"Radius": 0.375, "SeparationRadius": 0.375, "Speed": 2.5, "LifeRegenRate": 0.2734},
    "spine_crawler": {
        "Radius": 0.875, "SeparationRadius": 0.875, "LifeArmor": 2, "Speed": 0, "LifeRegenRate": 0.2734,
    },
}  # fmt: skip
DEFAULT_BODY = {"Radius": 0.5, "SeparationRadius": 0.5, "LifeArmor": 0, "Acceleration": 1000, "LifeRegenRate": 0}
WEAPONS = {
    "marine": {"Amount": 6, "Period": 0.8608, "DamagePoint": 0.05, "Backswing": 0.75},
    "marauder": {
        "Amount": 10, "Armored": 10, "Range": 6, "Period": 1.5, "DamagePoint": 0, "Backswing": 0, "Missile": 20,
    },
    "stalker": {"Amount": 10, "Armored": 4, "Range": 6, "Period": 1.44, "Missile": 18.75},
    "zealot": {"Amount": 8, "Range": 0.1, "Period": 1.2, "DamagePoint": 0, "SecondHit": 0.28},
    "colossus": {"Amount": 20, "Range": 6, "Period": 2.2, "DamagePoint": 0.0832, "RangeSlop": 0},
    "hydralisk": {"Amount": 12, "Period": 0.83, "DamagePoint": 0.208, "Missile": 40, "Melee": 0.5, "MeleePoint": 0.3},
    "zergling": {"Amount": 5, "Range": 0.1, "Period": 0.696},
    "baneling": {"Amount": 20, "Light": 15, "Range": 0.25, "Period": 0.833, "DamagePoint": 0, "Backswing": 0},
    "spine_crawler": {
        "Amount": 25, "Armored": 5, "Range": 7, "Period": 1.6, "DamagePoint": 0.3332, "RangeSlop": 0, "Missile": 12,
        "MissileAcceleration": 140, "Throw": 3,
    },
}  # fmt: skip
DEFAULT_WEAPON = {
    "Armored": 0, "Light": 0, "Range": 5, "DamagePoint": 0.167, "Backswing": 0.5, "RangeSlop": 1, "Missile": 0,
    "MissileAcceleration": 0, "Throw": 0, "SecondHit": 0, "Melee": 0, "MeleePoint": 0,
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_bodies_are_those_of_the_data(name):
    kind, data = UNIT_TYPES[name], DEFAULT_BODY | BODIES[name]
    seen = {
        "Radius": kind.radius,
        "SeparationRadius": kind.separation,
        "LifeArmor": kind.armour,
        "Speed": kind.speed * SECOND,
        "Acceleration": kind.acceleration * SECOND**2,
        "LifeRegenRate": kind.health_regeneration * SECOND,
    }
    assert seen == pytest.approx(data)


@pytest.mark.parametrize("name", WEAPONS)
def test_weapons_are_those_of_the_data(name):
    # The backswing of a baneling, which dies of its attack, is the default in the data and has no meaning.
    kind, data = UNIT_TYPES[name], DEFAULT_WEAPON | WEAPONS[name]
    seen = {
        "Amount": kind.damage,
        "Armored": kind.bonus_armoured,
        "Light": kind.bonus_light,
        "Range": kind.range,
        "Period": kind.period / SECOND,
        "DamagePoint": kind.damage_point / SECOND,
        "Backswing": kind.backswing / SECOND,
        "RangeSlop": kind.range_slop,
        "Missile": kind.missile_speed * SECOND,
        "MissileAcceleration": kind.missile_acceleration * SECOND**2,
        "Throw": kind.throw_range,
        "SecondHit": kind.second_hit_delay / SECOND,
        "Melee": kind.melee_range,
        "MeleePoint": kind.melee_damage_point / SECOND,
    }
    assert seen == pytest.approx(data)


def test_a_medivacs_numbers_are_those_of_the_data():
    medivac = UNIT_TYPES["medivac"]
    assert (medivac.range, medivac.energy_start, medivac.energy_max) == (4, 50, 200)
    assert (medivac.heal_rate * SECOND, medivac.energy_regeneration * SECOND) == (9, 0.5625)


def test_banelings_and_colossi_reach_as_far_as_in_the_data():
    assert (UNIT_TYPES["baneling"].splash, UNIT_TYPES["baneling"].damage_structures) == (2.2, 80)
    assert UNIT_TYPES["colossus"].sweep == 1.25
