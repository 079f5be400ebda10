"""Other methods of SMAC's class: state, visibility, units, options, replays, pictures (docs/smac_contract.md §2)."""

import json
from dataclasses import asdict
from itertools import product
from typing import Any

import numpy as np
import pytest

from aiirmix.envs.skirmish.views.smac import StarCraft2Env
from tests.envs.skirmish.views.helpers import MORE_FEATURES, SOME_MAPS, random_legal


def after(steps, name, **options):
    """Return an environment after some random steps."""
    env, rng = StarCraft2Env(name, seed=0, **options), np.random.default_rng(1)
    env.reset()
    for _ in range(steps):
        env.step(random_legal(env.get_avail_actions(), rng))
    return env


@pytest.mark.parametrize("name", SOME_MAPS)
@pytest.mark.parametrize("time", [False, True])
@pytest.mark.parametrize("last_action", [False, True])
def test_the_parts_of_the_state_make_up_the_state(name, time, last_action):
    env = after(7, name, state_timestep_number=time, state_last_action=last_action)
    parts = env.get_state_dict()
    assert parts["allies"].shape == (env.n_agents, len(env.get_env_info()["agent_features"]))
    assert parts["enemies"].shape == (env.n_enemies, len(env.get_env_info()["enemy_features"]))
    assert ("last_action" in parts, "timestep" in parts) == (last_action, time)
    if last_action:
        np.testing.assert_array_equal(parts["last_action"].sum(axis=1), np.ones(env.n_agents))
    if time:
        assert parts["timestep"] == np.float32(7 / env.episode_limit)
    np.testing.assert_array_equal(np.concatenate([np.ravel(part) for part in parts.values()]), env.get_state())
    assert len(env.get_state()) == env.get_state_size()


def test_the_state_can_be_all_observations():
    env, plain = after(3, "8m", obs_instead_of_state=True), after(3, "8m")
    assert env.get_env_info()["state_shape"] == 8 * 80
    np.testing.assert_array_equal(env.get_state(), np.concatenate(plain.get_obs()))
    np.testing.assert_array_equal(env.get_state_dict()["allies"], plain.get_state_dict()["allies"])


def test_the_size_of_an_observation_includes_the_time():
    env = after(6, "8m", obs_timestep_number=True)
    assert env.get_obs_size() == 81 == len(env.get_obs_agent(0))
    np.testing.assert_array_equal([observation[-1] for observation in env.get_obs()], np.full(8, np.float32(6 / 120)))
    assert env.get_obs_agent(0).dtype == np.float32


@pytest.mark.parametrize("name", SOME_MAPS)
def test_agents_see_living_units_in_sight_range(name):
    env = after(10, name)
    env.battle.units["health"][[1, -1]] = 0.0
    matrix = env.get_visibility_matrix()
    everybody = [*env.agents.values(), *env.enemies.values()]
    for i, j in product(range(env.n_agents), range(len(everybody))):
        one, other = everybody[i], everybody[j]
        near = (one.pos.x - other.pos.x) ** 2 + (one.pos.y - other.pos.y) ** 2 < 81
        assert matrix[i, j] == (i != j and near and one.health > 0 and other.health > 0)
    assert matrix.dtype == np.bool_


def test_units_agree_with_the_state():
    env = after(5, "2s3z")
    for i, row in enumerate(env.get_state_dict()["allies"]):
        unit = env.get_unit_by_id(i)
        expected = [
            unit.health / unit.health_max,
            unit.weapon_cooldown / env.unit_max_cooldown(unit),
            (unit.pos.x - 16) / 28,
            (unit.pos.y - 16) / 28,
            unit.shield / env.unit_max_shield(unit),
        ]
        np.testing.assert_allclose(row[:5], expected, rtol=1e-6)
        assert (unit.owner, unit.tag) == (1, i)


@pytest.mark.parametrize("order", ["created", "shuffled", "sorted"])
def test_unit_types_match_the_one_hots(order):
    env = after(0, "2s3z", enemy_order=order)
    assert env.get_unit_types()[:5] == [1970, 1970, 1971, 1971, 1971]
    zealot, stalker = [1.0, 0.0], [0.0, 1.0]
    bits = [zealot if number == 73 else stalker for number in env.get_unit_types()[5:]]
    np.testing.assert_array_equal(env.get_state_dict()["enemies"][:, -2:], bits)
    assert sorted(env.get_unit_types()[5:]) == [73, 73, 73, 74, 74]
    assert [unit.kind for unit in env.enemies.values()].count("stalker") == 2


def test_constants_of_units_are_smacs():
    env = after(0, "MMM")
    assert [env.unit_max_cooldown(env.get_unit_by_id(i)) for i in (0, 2, 9)] == [25, 15, 200]
    env = after(0, "2s3z")
    assert [env.unit_max_cooldown(env.get_unit_by_id(i)) for i in (0, 2)] == [35, 22]
    assert [env.unit_max_shield(env.get_unit_by_id(i)) for i in (0, 2)] == [80, 50]
    assert (env.unit_shoot_range(0), env.unit_sight_range(0)) == (6, 9)
    assert env.get_total_actions() == 11


def test_unknown_options_and_maps_are_refused():
    with pytest.raises(TypeError, match="obs_al_health"):
        StarCraft2Env("8m", obs_al_health=True)
    misspelt: Any = "8n"
    with pytest.raises(ValueError, match="did you mean 8m"):
        StarCraft2Env(misspelt)


def test_pymarls_configuration_gives_the_defaults():
    env = StarCraft2Env(
        map_name="2s3z", continuing_episode=False, difficulty="7", game_version=None, step_mul=8, move_amount=2,
        obs_all_health=True, obs_instead_of_state=False, obs_last_action=False, obs_own_health=True,
        obs_pathing_grid=False, obs_terrain_height=False, obs_timestep_number=False, reward_death_value=10,
        reward_defeat=0, reward_negative_scale=0.5, reward_only_positive=True, reward_scale=True,
        reward_scale_rate=20, reward_sparse=False, reward_win=200, replay_dir="", replay_prefix="",
        state_last_action=True, state_timestep_number=False, heuristic_ai=False, heuristic_rest=False, seed=None,
        window_size_x=1920, window_size_y=1200, debug=False,
    )  # fmt: skip
    assert asdict(env) == asdict(StarCraft2Env("2s3z"))
    assert env.seed() is None


def test_a_saved_battle_can_be_played_again(tmp_path):
    env = after(3, "2s3z", replay_dir=str(tmp_path), replay_prefix="mine", **MORE_FEATURES)
    env.reset()
    rng = np.random.default_rng(2)
    for _ in range(20):
        env.step(random_legal(env.get_avail_actions(), rng))
    path = env.save_replay()
    assert path.name == f"mine_{env.battle.battle_seed}.json"
    replay = json.loads(path.read_text())
    again = StarCraft2Env(replay["map_name"], **replay["options"])
    again.reset()
    for actions in replay["actions"]:
        again.step(actions)
    np.testing.assert_array_equal(again.get_state(), env.get_state())


def test_a_picture_shows_living_units():
    env = after(0, "8m")
    both = env.render()
    assert (both.shape, both.dtype) == ((512, 512, 3), np.uint8)
    env.battle.units["health"][8:] = 0.0
    agents_only = env.render(mode="rgb_array")
    changed = np.argwhere((both != agents_only).any(axis=2))
    assert (changed[:, 1] > 256).all(), "enemies start in the east"
    assert len(changed) == pytest.approx(8 * np.pi * (0.375 * 16) ** 2, rel=0.05)
    with pytest.raises(ValueError, match="human"):
        env.render("human")


def test_north_is_on_top():
    env = after(0, "8m")
    env.battle.units["health"][1:] = 0.0
    env.battle.units["x"][0], env.battle.units["y"][0] = 4.0, 30.0
    row, column = np.argwhere(env.render()[:, :, 2] > 200).mean(axis=0)
    assert (row, column) == pytest.approx((2 * 16, 4 * 16), abs=1)
