"""All public members of SMAC's class, with values computed by hand (docs/smac_contract.md §1 to §3)."""

from pathlib import Path

import numpy as np
import pytest

from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.skirmish.views.smac import Direction, MultiAgentEnv, StarCraft2Env
from tests.envs.skirmish.contract_maps import CONTRACT_MAPS
from tests.envs.skirmish.views.helpers import begin, move
from tests.envs.skirmish.views.members import CONSTANTS, COUNTS, METHODS, OTHERS


def test_every_public_member_of_smacs_class_exists():
    env = begin(heuristic_ai=True)
    assert [name for name in METHODS + CONSTANTS + COUNTS + OTHERS if not hasattr(env, name)] == []
    assert isinstance(env, MultiAgentEnv)


def test_options_are_attributes():
    env = StarCraft2Env("8m", obs_own_health=False, reward_win=50, window_size_x=640, debug=True)
    assert (env.obs_own_health, env.reward_win, env.window_size, env.debug) == (True, 50, (640, 1200), True)
    assert StarCraft2Env("8m", obs_all_health=False, obs_own_health=False).obs_own_health is False
    assert env != StarCraft2Env("8m", obs_own_health=False, reward_win=50, window_size_x=640, debug=True)
    assert len({env, env}) == 1


@pytest.mark.parametrize("name", MAP_NAMES)
def test_the_maps_row_of_the_contract_is_shown(name):
    env, expected = StarCraft2Env(name), CONTRACT_MAPS[name]
    assert env.max_reward == pytest.approx(expected.max_reward)
    assert env.map_type == expected.map_type
    assert (env.shield_bits_ally, env.shield_bits_enemy) == tuple(int(race == "P") for race in expected.races)
    assert env.unit_type_bits == len(expected.ally_bits) == len(expected.enemy_bits)
    kinds = expected.ally_bits or expected.agents[:1]
    ids = {kind: getattr(env, f"{kind}_id") for kind in KINDS}
    assert ids == {kind: 1970 + kinds.index(kind) if kind in kinds else 0 for kind in KINDS}


KINDS = ("marine", "marauder", "medivac", "hydralisk", "zergling", "baneling", "stalker", "colossus", "zealot")


@pytest.mark.parametrize(
    ("flags", "move_size", "enemy", "ally", "own"),
    [
        ({}, 4, 8, 8, 4),
        ({"obs_pathing_grid": True}, 12, 8, 8, 4),
        ({"obs_terrain_height": True, "obs_timestep_number": True}, 13, 8, 8, 5),
        ({"obs_last_action": True}, 4, 8, 19, 4),
        ({"obs_all_health": False, "obs_own_health": False}, 4, 6, 6, 2),
    ],
)
def test_the_blocks_of_an_observation_have_smacs_sizes(flags, move_size, enemy, ally, own):
    env = StarCraft2Env("2s3z", **flags)
    assert env.get_obs_move_feats_size() == move_size
    assert env.get_obs_enemy_feats_size() == (5, enemy)
    assert env.get_obs_ally_feats_size() == (4, ally)
    assert env.get_obs_own_feats_size() == own
    assert env.get_obs_size() == move_size + 5 * enemy + 4 * ally + own
    assert (env.get_ally_num_attributes(), env.get_enemy_num_attributes()) == (7, 6)
    assert (env.n_actions_no_attack, env.n_actions_move, env.n_obs_pathing, env.n_obs_height) == (6, 4, 8, 9)


def test_before_the_first_battle_there_are_no_units():
    env = StarCraft2Env("2s3z")
    assert (env.agents, env.enemies, env.previous_ally_units) == ({}, {}, None)
    with pytest.warns(UserWarning, match="reset"):
        assert env.get_unit_types() is None
    np.testing.assert_array_equal(env.last_action, np.zeros((5, 11)))
    np.testing.assert_array_equal(env.death_tracker_enemy, np.zeros(5))


def test_the_map_is_shown():
    env = begin("2c_vs_64zg")
    assert (env.map_x, env.map_y, env.max_distance_x, env.max_distance_y) == (32, 32, 28, 28)
    assert env.distance(1, 2, 4, 6) == 5.0
    assert [env.check_bounds(x, y) for x, y in ((0, 31), (-1, 0), (0, 32), (31.5, 0))] == [True, False, False, True]
    assert (env.pathing_grid[16, 12], env.pathing_grid[16, 11]) == (False, True)
    assert env.terrain_height[16, 31 - 16] == 207 / 255


def test_the_surroundings_of_a_unit_are_smacs():
    env = begin("2c_vs_64zg")
    move(env, 0, 16.9, 14.2)
    unit = env.get_unit_by_id(0)
    points = [(16, 18), (16, 10), (20, 14), (12, 14), (18, 16), (14, 12), (18, 12), (14, 16)]
    assert env.get_surrounding_points(unit) == points
    assert env.get_surrounding_points(unit, include_self=True) == [*points, (16, 14)]
    assert env.get_surrounding_pathing(unit) == [1, 1, 1, 1, 1, 0, 0, 1]
    assert env.get_surrounding_height(unit)[0] == env.terrain_height[16, 18]
    move(env, 0, 1.5, 14.2)
    assert env.get_surrounding_points(env.get_unit_by_id(0))[3] == (-3, 14)
    assert env.get_surrounding_pathing(env.get_unit_by_id(0))[3] == 1
    assert env.get_surrounding_height(env.get_unit_by_id(0))[3] == 1


def test_moves_are_those_of_the_mask():
    env = begin("8m")
    move(env, 0, 0.4, 23.5)
    unit = env.get_unit_by_id(0)
    assert [env.can_move(unit, direction) for direction in Direction] == [False, True, True, True]
    move(env, 0, 31.5, 8.5)
    assert [env.can_move(env.get_unit_by_id(0), direction) for direction in range(4)] == [True, False, False, True]


def test_kinds_of_unit_have_smacs_numbers():
    env = begin("2s3z")
    agents, enemies = env.agents, env.enemies
    assert [env.get_unit_type_id(agents[i], True) for i in range(5)] == [0, 0, 1, 1, 1]
    assert [env.get_unit_type_id(unit, False) for unit in enemies.values()] == [
        int(unit.kind == "stalker") for unit in enemies.values()
    ]
    assert {env.unit_max_cooldown(unit) for unit in enemies.values()} == {15}
    assert begin("8m").unit_max_shield(begin("8m").get_unit_by_id(0)) is None


def test_the_documentation_says_what_differs():
    page = (Path(__file__).parents[4] / "docs" / "views.md").read_text()
    for name in ("get_agent_action", "init_units", "update_units", "full_restart", "reward_battle", "max_reward"):
        assert f"`{name}" in page, name
