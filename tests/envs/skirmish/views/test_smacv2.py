"""SMACv2's scenarios behind the interfaces of SMAC's class and of PettingZoo."""

import numpy as np
import pytest

from aiirmix.envs.skirmish.views.parallel import SkirmishParallelEnv
from aiirmix.envs.skirmish.views.smac import StarCraft2Env
from tests.envs.skirmish.views.helpers import random_legal

BITS = {"terran": ("marine", "marauder", "medivac"), "protoss": ("stalker", "zealot", "colossus")}
SIGHT = {"marine": 9, "marauder": 10, "medivac": 11, "stalker": 10, "zealot": 9, "colossus": 10}


@pytest.mark.parametrize(
    ("map", "flags", "state", "obs", "actions"),
    [
        ("10gen_terran_5_vs_5", {}, 120, 82, 11),
        ("protoss_20_vs_23", {}, 901, 389, 29),
        ("zerg_10_vs_11", {"state_last_action": False}, 136, 170, 17),
        ("terran_5_vs_5", {"conic_fov": True}, 190, 84, 23),
        ("protoss_5_vs_5", {"conic_fov": True}, 200, 94, 23),
    ],
)
def test_sizes_are_smacv2s(map, flags, state, obs, actions):
    info = StarCraft2Env(map, **flags).get_env_info()
    assert (info["state_shape"], info["obs_shape"], info["n_actions"]) == (state, obs, actions)
    assert (info["cap_shape"], info["episode_limit"]) == (3, 200)
    shield, view = ["shield"] * map.startswith("protoss"), ["fov_x", "fov_y"] * ("conic_fov" in flags)
    types = ["type_0", "type_1", "type_2"]
    assert info["agent_features"] == ["health", "energy/cooldown", "rel_x", "rel_y", *shield, *view, *types]
    assert info["enemy_features"] == ["health", "rel_x", "rel_y", *shield, *types]


@pytest.mark.parametrize("race", BITS)
def test_units_are_those_of_the_battle(race):
    env = StarCraft2Env(f"{race}_10_vs_11", seed=4)
    for _ in range(3):
        env.reset()
        kinds = [env.agents[i].kind for i in range(10)]
        assert kinds == sorted(kinds)
        assert env.get_capabilities().reshape(10, 3).tolist() == [[float(k == b) for b in BITS[race]] for k in kinds]
        assert [env.unit_sight_range(i) for i in range(10)] == [SIGHT[kind] for kind in kinds]
        assert [env.get_unit_type_id(env.agents[i], True) for i in range(10)] == [BITS[race].index(k) for k in kinds]
        numbers = env.get_unit_types()
        assert numbers is not None
        assert numbers[:10] == [getattr(env, f"{kind}_id") for kind in kinds]
        assert env.get_state_dict()["allies"].shape == (10, len(env.ally_state_attr_names))
    assert env.map_type == f"{race}_gen"


def test_a_battle_is_counted_and_pays_nothing_below_zero():
    env = StarCraft2Env("terran_5_vs_5", seed=2)
    env.reset()
    rng, done = np.random.default_rng(0), False
    while not done:
        reward, done, info = env.step(random_legal(env.get_avail_actions(), rng))
        assert reward >= 0
    assert env.get_stats()["battles_game"] == 1
    assert info["battle_won"] in (True, False)
    assert env.max_reward == pytest.approx(707.5, rel=1e-4)


def test_agents_of_random_kinds_are_numbered():
    env = SkirmishParallelEnv("protoss_5_vs_5")
    observations, _ = env.reset(seed=3)
    assert list(observations) == env.possible_agents == [f"agent_{i}" for i in range(5)]
    for agent, observation in observations.items():
        assert env.observation_space(agent).contains(observation)


def test_distances_may_be_large_if_everything_is_shown():
    env = SkirmishParallelEnv("protoss_5_vs_5", fully_observable=True)
    observations, _ = env.reset(seed=3)
    assert all(env.observation_space(agent).contains(seen) for agent, seen in observations.items())
