"""Sizes of observations and state (docs/smac_contract.md §1)."""

import numpy as np
import pytest

from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.layout import obs_ally, obs_enemy, obs_own, state_ally, state_enemy
from tests.envs.skirmish.battle_setup import bodies
from tests.envs.skirmish.oracle import CONTRACT_MAPS, Options, Oracle

# Columns of docs/smac_contract.md §1: agents, limit, actions, observation, state, state without actions, max_reward.
REGISTRY = {
    "2s3z": (5, 120, 11, 80, 120, 65, 1020),
    "3s5z": (8, 150, 14, 128, 216, 104, 1510),
    "8m": (8, 120, 14, 80, 168, 56, 640),
    "MMM": (10, 150, 16, 160, 290, 130, 1015),
    "3m": (3, 60, 9, 30, 48, 21, 365),
    "25m": (25, 150, 31, 250, 950, 175, 1575),
    "5m_vs_6m": (5, 70, 12, 55, 98, 38, 530),
    "8m_vs_9m": (8, 120, 15, 85, 179, 59, 695),
    "10m_vs_11m": (10, 150, 17, 105, 243, 73, 805),
    "27m_vs_30m": (27, 180, 36, 285, 1170, 198, 1850),
    "MMM2": (10, 180, 18, 176, 322, 142, 1205),
    "3s5z_vs_3s6z": (8, 170, 15, 136, 230, 110, 1670),
    "3s_vs_3z": (3, 150, 9, 36, 54, 27, 680),
    "3s_vs_4z": (3, 200, 10, 42, 61, 31, 840),
    "3s_vs_5z": (3, 250, 11, 48, 68, 35, 1000),
    "1c3s5z": (9, 180, 15, 162, 270, 135, 1870),
    "2m_vs_1z": (2, 150, 7, 16, 26, 12, 360),
    "corridor": (6, 400, 30, 156, 282, 102, 1280),
    "6h_vs_8z": (6, 150, 14, 78, 140, 56, 1480),
    "2s_vs_1sc": (2, 300, 7, 17, 27, 13, 510),
    "so_many_baneling": (7, 100, 38, 202, 397, 131, 1480),
    "bane_vs_bane": (24, 200, 30, 336, 984, 264, 1260),
    "2c_vs_64zg": (2, 400, 70, 332, 342, 202, 3080),
}


def test_the_table_has_all_of_smacs_maps():
    assert set(REGISTRY) == set(MAP_NAMES)


@pytest.mark.parametrize("map", MAP_NAMES)
def test_sizes_are_smacs(map):
    agents, limit, actions, obs, state, bare_state, most = REGISTRY[map]
    env = Skirmish(map)
    assert env.spec.name == f"skirmish-{SKIRMISH_VERSION}/{map}"
    assert (env.spec.n_agents, env.spec.episode_limit, env.spec.n_actions) == (agents, limit, actions)
    assert (env.spec.obs_dim, env.spec.state_dim) == (obs, state)
    assert Skirmish(map, state_last_action=False).spec.state_dim == bare_state
    np.testing.assert_allclose(env.world.rules["reward_divisor"], most / 20)


@pytest.mark.parametrize("map", CONTRACT_MAPS)
@pytest.mark.parametrize(
    "flags",
    [
        {"obs_all_health": False},
        {"obs_all_health": False, "obs_own_health": False},
        {"obs_last_action": True, "obs_timestep_number": True},
        {"state_last_action": False, "state_timestep_number": True},
        {"obs_instead_of_state": True},
    ],
)
def test_sizes_follow_the_flags(map, flags):
    env = Skirmish(map, **flags)
    env.reset(np.array([0]))
    oracle = Oracle(CONTRACT_MAPS[map], Options(**flags))
    assert env.spec.obs_dim == len(oracle.obs(bodies(env), 0, 0))
    assert env.spec.state_dim == len(oracle.state(bodies(env), 0))


def test_features_are_those_of_the_contract_in_its_order():
    rules = Skirmish("2s3z").world.rules.view(np.recarray)[0]
    unit = ["health", "shield", "type_0", "type_1"]
    assert obs_enemy(rules) == ["available", "distance", "rel_x", "rel_y", *unit]
    assert obs_ally(rules) == ["visible", "distance", "rel_x", "rel_y", *unit]
    assert obs_own(rules) == unit
    assert state_ally(rules) == ["health", "energy/cooldown", "rel_x", "rel_y", *unit[1:]]
    assert state_enemy(rules) == ["health", "rel_x", "rel_y", *unit[1:]]
