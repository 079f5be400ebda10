"""The maps: names, sizes, who is on them and where (contract, sections 1, 2.7 and 4.3)."""

import re
import subprocess
import sys
from typing import get_args

import numba
import numpy as np
import pytest

from aiirmix.envs.contract.map_spec import STRIP
from aiirmix.envs.contract.maps import MapName, find_map
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.terrain import heights, survey
from tests.envs.skirmish.oracle import SCENARIOS, Options, Oracle
from tests.envs.skirmish.staging import bodies

# Of the contract's table in section 1: agents, limit, actions, observation, state, state without actions, max_reward.
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
# Kinds in agent order on the maps whose agents are of several kinds (section 2.7).
MIXED = {
    "2s3z": {"stalker": 2, "zealot": 3},
    "3s5z": {"stalker": 3, "zealot": 5},
    "3s5z_vs_3s6z": {"stalker": 3, "zealot": 5},
    "MMM": {"marauder": 2, "marine": 7, "medivac": 1},
    "MMM2": {"marauder": 2, "marine": 7, "medivac": 1},
    "1c3s5z": {"colossus": 1, "stalker": 3, "zealot": 5},
    "bane_vs_bane": {"baneling": 4, "zergling": 20},
}


def test_names_and_registry_agree():
    assert set(get_args(MapName)) == set(MAPS)


def test_the_list_of_maps_loads_neither_numba_nor_torch():
    code = "import sys; import aiirmix.envs.skirmish.catalog.maps; print({'numba', 'torch'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("8n", "unknown map 8n; did you mean 8m? (maps: 2s3z, 3s5z, 8m, MMM, 3m, 25m, "),
        ("2s3x", "unknown map 2s3x; did you mean 2s3z? (maps: 2s3z, "),
        ("qqq", "unknown map qqq; (maps: 2s3z, "),
    ],
)
def test_an_unknown_map_is_refused_in_one_line(name, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        find_map(name)


def test_the_registry_has_all_of_smacs_maps():
    assert set(REGISTRY) == set(MAPS)


@pytest.mark.parametrize("map", MAPS)
def test_sizes_are_smacs(map):
    agents, limit, actions, obs, state, bare_state, most = REGISTRY[map]
    env = Skirmish(map)
    assert env.spec.name == f"skirmish-{SKIRMISH_VERSION}/{map}"
    assert (env.spec.n_agents, env.spec.episode_limit, env.spec.n_actions) == (agents, limit, actions)
    assert (env.spec.obs_dim, env.spec.state_dim) == (obs, state)
    assert Skirmish(map, state_last_action=False).spec.state_dim == bare_state
    np.testing.assert_allclose(env.world.rules["reward_divisor"], most / 20)


@pytest.mark.parametrize("map", MIXED)
def test_agents_come_in_smacs_order_of_kinds(map):
    kinds = [kind for kind, count in MIXED[map].items() for _ in range(count)]
    assert Skirmish(map).spec.agent_types == tuple(kinds)


@pytest.mark.parametrize("map", SCENARIOS)
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
    oracle = Oracle(SCENARIOS[map], Options(**flags))
    assert env.spec.obs_dim == len(oracle.obs(bodies(env), 0, 0))
    assert env.spec.state_dim == len(oracle.state(bodies(env), 0))


@pytest.mark.parametrize("map", MAPS)
def test_agents_of_a_kind_are_sorted_by_place(map):
    agents = Skirmish(map).world.initial_units[: len(Skirmish(map).spec.agent_types)]
    keys = list(zip(agents["type_bit"], agents["x"], agents["y"], strict=True))
    assert keys == sorted(keys)


@pytest.mark.parametrize("map", ["2s3z", "3s5z", "8m", "MMM", "3m", "25m", "1c3s5z"])
def test_equal_sides_appear_in_the_same_formation_14_cells_apart(map):
    units = Skirmish(map).world.initial_units
    n = len(units) // 2
    allies, enemies = (
        sorted(zip(side["health_max"], side["x"], side["y"], strict=True)) for side in (units[:n], units[n:])
    )
    np.testing.assert_allclose(np.array(enemies) - allies, [[0.0, 14.0, 0.0]] * n, atol=1e-9)


@pytest.mark.parametrize("map", MAPS)
def test_units_appear_on_free_ground_near_their_spawn_points(map):
    env = Skirmish(map)
    units, spec = env.world.initial_units, MAPS[map]
    assert env.world.walkable[units["x"].astype(int), units["y"].astype(int)].all()
    apart = np.hypot(*(units[axis][:, None] - units[axis] for axis in "xy"))
    reach = units["separation"][:, None] + units["separation"]
    np.fill_diagonal(reach, 0.0)
    assert (apart >= reach).all()
    for squad in spec.allies + spec.enemies:
        nearby = np.hypot(units["x"] - squad.spawn[0], units["y"] - squad.spawn[1]) < 8.0
        assert nearby.sum() >= squad.size


def test_two_squads_of_marines_appear_at_points_of_their_own():
    marines = Skirmish("2m_vs_1z").world.initial_units[:2]
    assert list(zip(marines["x"], marines["y"], strict=True)) == [(13.0, 12.0), (19.0, 12.0)]


def test_mmm_musters_as_seen_in_the_game():
    agents = Skirmish("MMM").world.initial_units[:10]
    places: dict[str, list[tuple[int, int]]] = {kind: [] for kind in ("marauder", "marine", "medivac")}
    spacing = 2 * UNIT_TYPES["marauder"].separation + 0.26
    for agent, kind in zip(agents, SCENARIOS["MMM"].agents, strict=True):
        places[kind].append((round((agent["x"] - 9) / spacing), round((agent["y"] - 16) / spacing)))
    assert sorted(places["marauder"]) == [(-1, -1), (-1, 1)]
    assert sorted(places["marine"]) == [(-1, 0), (0, -1), (0, 0), (0, 1), (1, -1), (1, 0), (1, 1)]
    assert places["medivac"] == [(0, 2)]


@pytest.mark.parametrize("map", [name for name, spec in MAPS.items() if spec.walkable == STRIP])
def test_flat_maps_are_a_strip_sixteen_cells_high(map):
    walkable = Skirmish(map).world.walkable
    assert walkable[:, 8:24].all()
    assert walkable.sum() == 32 * 16


def test_thirteen_maps_are_flat():
    assert sum(spec.walkable == STRIP for spec in MAPS.values()) == 13


@pytest.mark.parametrize(("x", "y", "free"), [(12, 12, True), (13, 13, True), (12, 14, False), (14, 12, False)])
def test_corridor_has_a_choke_of_two_cells(x, y, free):
    assert Skirmish("corridor").world.walkable[x, y] == free


def test_the_plateau_of_2c_vs_64zg_is_a_level_up_and_its_ramps_half_a_level():
    height = heights(MAPS["2c_vs_64zg"]).astype(int)
    assert height[16, 16] > height[5, 15] > height[16, 9]
    assert len(np.unique(heights(MAPS["8m"]))) == 1


def test_terrain_is_of_one_type_so_that_battles_are_compiled_once():
    assert len({numba.typeof(survey(spec)) for spec in MAPS.values()}) == 1
