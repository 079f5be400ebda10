"""SMAC's class on skirmish: sizes, types, episodes, what is refused (docs/smac_contract.md §2)."""

import numpy as np
import pytest
import torch

from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.skirmish.views.smac import StarCraft2Env
from tests.envs.skirmish.views.helpers import MORE_FEATURES, SOME_MAPS, play, replay, with_limit

SIZES = {
    "3m": (30, 48, 9, 3, 60),
    "8m": (80, 168, 14, 8, 120),
    "25m": (250, 950, 31, 25, 150),
    "5m_vs_6m": (55, 98, 12, 5, 70),
    "8m_vs_9m": (85, 179, 15, 8, 120),
    "10m_vs_11m": (105, 243, 17, 10, 150),
    "27m_vs_30m": (285, 1170, 36, 27, 180),
    "MMM": (160, 290, 16, 10, 150),
    "MMM2": (176, 322, 18, 10, 180),
    "2s3z": (80, 120, 11, 5, 120),
    "3s5z": (128, 216, 14, 8, 150),
    "3s5z_vs_3s6z": (136, 230, 15, 8, 170),
    "3s_vs_3z": (36, 54, 9, 3, 150),
    "3s_vs_4z": (42, 61, 10, 3, 200),
    "3s_vs_5z": (48, 68, 11, 3, 250),
    "1c3s5z": (162, 270, 15, 9, 180),
    "2m_vs_1z": (16, 26, 7, 2, 150),
    "corridor": (156, 282, 30, 6, 400),
    "6h_vs_8z": (78, 140, 14, 6, 150),
    "2s_vs_1sc": (17, 27, 7, 2, 300),
    "so_many_baneling": (202, 397, 38, 7, 100),
    "bane_vs_bane": (336, 984, 30, 24, 200),
    "2c_vs_64zg": (332, 342, 70, 2, 400),
}
"""Observation, state, actions, agents, limit (docs/smac_contract.md §1)."""


@pytest.mark.parametrize("name", MAP_NAMES)
def test_sizes_are_smacs(name):
    env = StarCraft2Env(name)
    info = env.get_env_info()
    assert (
        tuple(info[key] for key in ("obs_shape", "state_shape", "n_actions", "n_agents", "episode_limit"))
        == SIZES[name]
    )
    observations, state = env.reset()
    assert [len(observation) for observation in observations] == [info["obs_shape"]] * info["n_agents"]
    assert len(state) == info["state_shape"]
    assert len(info["agent_features"]) * env.n_agents + len(info["enemy_features"]) * env.n_enemies == (
        info["state_shape"] - env.n_agents * env.n_actions
    )


def test_feature_names_are_smacs():
    info = StarCraft2Env("2s3z").get_env_info()
    assert info["agent_features"] == ["health", "energy/cooldown", "rel_x", "rel_y", "shield", "type_0", "type_1"]
    assert info["enemy_features"] == ["health", "rel_x", "rel_y", "shield", "type_0", "type_1"]
    assert StarCraft2Env("8m").get_env_info()["enemy_features"] == ["health", "rel_x", "rel_y"]


@pytest.mark.parametrize("name", SOME_MAPS)
@pytest.mark.parametrize("flags", [{}, MORE_FEATURES])
def test_an_episode_equals_the_batch_engines_number_for_number(name, flags):
    env = StarCraft2Env(name, seed=11, **flags)
    play(env)
    states, observations, actions, rewards, _ = play(env)
    assert env.battle.battle_seed != 11
    expected = replay(name, env.battle.battle_seed, actions, **flags)
    np.testing.assert_array_equal(observations, expected[0])
    np.testing.assert_array_equal(states, expected[1])
    assert rewards == expected[2]


def test_the_first_battle_has_the_given_seed():
    env = StarCraft2Env("8m", seed=5)
    env.reset()
    assert env.battle.battle_seed == env.seed() == 5


def test_types_are_smacs():
    env = StarCraft2Env("8m", seed=0)
    observations, state = env.reset()
    assert isinstance(observations, list)
    assert observations[0].dtype == state.dtype == np.float32
    masks = env.get_avail_actions()
    assert isinstance(masks, list)
    assert isinstance(masks[0], list)
    assert {type(bit) for bit in masks[0]} == {int}
    assert env.get_avail_agent_actions(3) == masks[3]
    reward, terminated, info = env.step([1] * 8)
    assert (type(reward), type(terminated)) == (float, bool)
    assert [type(value) for value in info.values()] == [bool, int, int]
    assert {type(value) for value in env.get_env_info().values()} == {int, list}


@pytest.mark.parametrize("kind", [np.array, torch.tensor, lambda actions: torch.tensor(actions)[:, None], tuple])
def test_actions_can_be_anything_that_int_accepts(kind):
    env, plain = StarCraft2Env("8m", seed=0), StarCraft2Env("8m", seed=0)
    env.reset()
    plain.reset()
    env.step(kind([2, 3, 1, 1, 1, 1, 4, 5]))
    plain.step([2, 3, 1, 1, 1, 1, 4, 5])
    np.testing.assert_array_equal(env.get_state(), plain.get_state())


@pytest.mark.parametrize("action", [0, 13, 14, -1])
def test_an_unavailable_action_raises_an_assertion_error_that_names_the_agent(action):
    env = StarCraft2Env("8m", seed=0)
    env.reset()
    with pytest.raises(AssertionError, match=rf"agent 2: action {action} is not available \(legal: 1, 2"):
        env.step([1, 1, action, 1, 1, 1, 1, 1])


def test_too_few_actions_raise_an_assertion_error():
    env = StarCraft2Env("8m", seed=0)
    env.reset()
    with pytest.raises(AssertionError, match="shape"):
        env.step([1] * 7)


@pytest.mark.parametrize("scripted", [False, True])
def test_a_step_without_a_battle_is_refused(scripted):
    env = with_limit(StarCraft2Env("8m", seed=0, heuristic_ai=scripted), 1)
    with pytest.raises(RuntimeError, match="reset"):
        env.step([1] * 8)
    env.reset()
    env.step([1] * 8)
    with pytest.raises(RuntimeError, match="reset"):
        env.step([1] * 8)


@pytest.mark.parametrize("name", SOME_MAPS)
def test_random_play_runs_from_battle_to_battle(name):
    env = StarCraft2Env(name, seed=3)
    for battle in range(3):
        states, observations, _, rewards, info = play(env, seed=battle)
        assert np.isfinite(np.concatenate(states)).all()
        assert np.abs(observations).max() <= 1.0
        assert min(rewards) >= 0.0
        assert info["battle_won"] or info["dead_allies"] > 0
    assert env.get_stats()["battles_game"] == 3
    env.close()


def test_arrays_that_were_returned_do_not_change():
    env = StarCraft2Env("2s3z", seed=0)
    observations, state = env.reset()
    before = [observation.copy() for observation in observations], state.copy()
    env.step([2] * 5)
    np.testing.assert_array_equal(observations, before[0])
    np.testing.assert_array_equal(state, before[1])
    assert not np.array_equal(env.get_state(), before[1])
