"""The terrain of the maps (docs/smac_contract.md §4.4)."""

import numba
import numpy as np
import pytest

from aiirmix.envs.contract.map_spec import STRIP
from aiirmix.envs.contract.maps import MAP_NAMES, find_map
from aiirmix.envs.skirmish.kernel.terrain import heights, survey, walkable_cells
from tests.envs.skirmish.contract_maps import CONTRACT_MAPS

FLAT = [name for name in MAP_NAMES if find_map(name).walkable == STRIP]


@pytest.mark.parametrize("name", FLAT)
def test_flat_maps_are_a_strip_sixteen_cells_high(name):
    walkable = walkable_cells(find_map(name))
    assert walkable[:, 8:24].all()
    assert walkable.sum() == 32 * 16


def test_thirteen_maps_are_flat():
    assert len(FLAT) == 13


@pytest.mark.parametrize("name", MAP_NAMES)
def test_smac_reads_the_ground_of_the_contract(name):
    expected = [[CONTRACT_MAPS[name].is_walkable(x, y) for y in range(32)] for x in range(32)]
    np.testing.assert_array_equal(survey(find_map(name)).pathing, expected)


@pytest.mark.parametrize(("x", "y", "free"), [(12, 12, True), (13, 13, True), (12, 14, False), (14, 12, False)])
def test_corridor_has_a_choke_of_two_cells(x, y, free):
    assert walkable_cells(find_map("corridor"))[x, y] == free


def test_the_plateau_of_2c_vs_64zg_is_a_level_up_and_its_ramps_half_a_level():
    height = heights(find_map("2c_vs_64zg")).astype(int)
    assert height[16, 16] > height[5, 15] > height[16, 9]
    assert len(np.unique(heights(find_map("8m")))) == 1


def test_terrain_is_of_one_type_so_that_battles_are_compiled_once():
    assert len({numba.typeof(survey(find_map(name))) for name in MAP_NAMES}) == 1
