"""The kinds of unit, which three modules describe from different points of view."""

from aiirmix.envs.contract.map_spec import UNITS
from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES
from aiirmix.envs.skirmish.views.raw import STOCK_TYPES
from tests.envs.skirmish.contract_maps import COOLDOWN, HEALTH, SHIELD


def test_every_kind_that_a_map_can_have_is_known():
    assert set(UNITS) == set(UNIT_TYPES) == set(STOCK_TYPES)


def test_health_shields_and_cooldown_scales_are_those_of_the_contract():
    assert {name: kind.health_max for name, kind in UNIT_TYPES.items()} == HEALTH
    assert {name: kind.shield_max for name, kind in UNIT_TYPES.items() if kind.shield_max} == SHIELD
    assert {name: kind.cooldown_scale for name, kind in UNIT_TYPES.items()} == {"spine_crawler": 15, **COOLDOWN}
