"""The terrain of the maps (docs/smac_contract.md §4.4)."""

import hashlib
from dataclasses import replace

import numba
import numpy as np
import pytest

from aiirmix.envs.contract.map_spec import STRIP
from aiirmix.envs.contract.maps import MAP_NAMES, find_map
from aiirmix.envs.skirmish.kernel.terrain import height_grid, heights, pathing_grid, survey, walkable_cells
from tests.envs.skirmish.contract_maps import CONTRACT_MAPS, contains

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


@pytest.mark.parametrize("name", MAP_NAMES)
def test_units_walk_where_the_contract_has_ground_inside_of_the_walls(name):
    expected = [[contains(CONTRACT_MAPS[name].ground, x, y) for y in range(32)] for x in range(32)]
    extra = walkable_cells(find_map(name)) ^ np.array(expected)
    assert extra.sum() == (4 if name == "corridor" else 0)


@pytest.mark.parametrize("name", MAP_NAMES)
def test_masks_near_units_do_not_depend_on_what_is_outside_of_the_walls(name):
    """SMAC tests the cell half a `move_amount`, one cell, ahead."""
    spec = find_map(name)
    rectangles = pathing_grid(replace(spec, grids=None))
    reachable = np.pad(survey(spec).walkable | survey(spec).strideable, 1)
    ahead = np.any([np.roll(reachable, (dx, dy), (0, 1)) for dx, dy in ((0, 1), (0, -1), (1, 0), (-1, 0))], axis=0)
    assert not ((rectangles != pathing_grid(spec)) & ahead[1:-1, 1:-1]).any()


@pytest.mark.parametrize("name", ["6h_vs_8z", "2s_vs_1sc"])
def test_smac_reads_the_ground_outside_of_the_walls_as_walkable(name):
    assert pathing_grid(find_map(name))[[0, 31, 3, 26], [0, 31, 15, 8]].all()
    assert not walkable_cells(find_map(name))[[0, 31, 3, 26], [0, 31, 15, 8]].any()


@pytest.mark.parametrize(
    ("name", "x", "y", "height"),
    [
        ("8m", 16, 16, 191),  # height 8
        ("8m", 16, 2, 135),  # 1
        ("8m", 5, 7, 194),  # 2124 / 256, the rim of the cliff
        ("3s_vs_5z", 0, 31, 191),  # 2047 / 256
        ("6h_vs_8z", 1, 1, 127),  # 0
        ("6h_vs_8z", 14, 10, 191),
        ("bane_vs_bane", 0, 0, 127),
        ("2m_vs_1z", 0, 0, 135),
        ("2c_vs_64zg", 16, 16, 207),  # 10
        ("2c_vs_64zg", 16, 9, 191),
        *(("2c_vs_64zg", 5 + step, 15, (191, 195, 199, 203, 207)[step + 1]) for step in range(-1, 4)),
        ("2c_vs_64zg", 26, 18, 199),  # 9
    ],
)
def test_heights_are_those_of_the_archives(name, x, y, height):
    """The byte of height h is (h + 16) · 255 / 32."""
    assert height_grid(find_map(name))[x, y] == height


def test_the_grids_are_those_of_the_archives():
    digest = hashlib.sha256()
    for name in sorted(MAP_NAMES):
        digest.update(pathing_grid(find_map(name)).T.tobytes() + height_grid(find_map(name)).T.tobytes())
    assert digest.hexdigest()[:16] == "3e11732c9362abda"


def test_a_map_of_the_users_own_shows_smac_its_rectangles():
    spec = replace(find_map("2c_vs_64zg"), grids=None)
    np.testing.assert_array_equal(height_grid(spec), heights(spec))
    np.testing.assert_array_equal(pathing_grid(spec), walkable_cells(spec))


@pytest.mark.parametrize(("x", "y", "free"), [(12, 12, True), (13, 13, True), (12, 14, False), (14, 12, False)])
def test_corridor_has_a_choke_of_two_cells(x, y, free):
    assert walkable_cells(find_map("corridor"))[x, y] == free


def test_the_plateau_of_2c_vs_64zg_is_a_level_up_and_its_ramps_half_a_level():
    height = heights(find_map("2c_vs_64zg")).astype(int)
    assert height[16, 16] > height[5, 15] > height[16, 9]
    assert len(np.unique(heights(find_map("8m")))) == 1


def test_terrain_is_of_one_type_so_that_battles_are_compiled_once():
    assert len({numba.typeof(survey(find_map(name))) for name in MAP_NAMES}) == 1
