"""The maps: names, sizes, who is on them and where (contract, sections 1, 2.7 and 4.3)."""

import re
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest

from aiirmix.envs.skirmish.env import VERSION, Skirmish
from aiirmix.envs.skirmish.maps import MAPS, MapName, find_map
from aiirmix.envs.skirmish.units import UNIT_TYPES
from tests.envs.skirmish.oracle import SCENARIOS, Options, Oracle
from tests.envs.skirmish.staging import bodies

SIZES = {"2s3z": (80, 120, 11), "3s5z": (128, 216, 14), "8m": (80, 168, 14), "MMM": (160, 290, 16)}


def test_names_and_registry_agree():
    assert set(get_args(MapName)) == set(MAPS)


def test_the_list_of_maps_loads_neither_numba_nor_torch():
    code = "import sys; import aiirmix.envs.skirmish.maps; print({'numba', 'torch'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("8n", "unknown map 8n; did you mean 8m? (maps: 2s3z, 3s5z, 8m, MMM)"),
        ("2s3x", "unknown map 2s3x; did you mean 2s3z? (maps: 2s3z, 3s5z, 8m, MMM)"),
        ("qqq", "unknown map qqq; (maps: 2s3z, 3s5z, 8m, MMM)"),
    ],
)
def test_an_unknown_map_is_refused_in_one_line(name, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        find_map(name)


@pytest.mark.parametrize("map", MAPS)
def test_sizes_and_agents_are_smacs(map):
    spec, scenario = Skirmish(map).spec, SCENARIOS[map]
    assert (spec.obs_dim, spec.state_dim, spec.n_actions) == SIZES[map]
    assert (spec.name, spec.n_agents) == (f"skirmish-{VERSION}/{map}", len(scenario.agents))
    assert (spec.agent_types, spec.episode_limit) == (scenario.agents, scenario.limit)


@pytest.mark.parametrize("map", MAPS)
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
def test_agents_are_sorted_by_type_and_place(map):
    env = Skirmish(map)
    env.reset(np.array([0]))
    order = SCENARIOS[map].ally_bits or ("marine",)
    agents = bodies(env)[: env.spec.n_agents]
    keys = [(order.index(body.kind), body.x, body.y) for body in agents]
    assert keys == sorted(keys)


@pytest.mark.parametrize("map", MAPS)
def test_both_sides_appear_in_the_same_formation_14_cells_apart(map):
    units = Skirmish(map).world.muster
    n = len(units) // 2
    allies, enemies = (
        sorted(zip(side["health_max"], side["x"], side["y"], strict=True)) for side in (units[:n], units[n:])
    )
    np.testing.assert_allclose(np.array(enemies) - allies, [[0.0, 14.0, 0.0]] * n, atol=1e-9)


def test_mmm_musters_as_seen_in_the_game():
    agents = Skirmish("MMM").world.muster[:10]
    places: dict[str, list[tuple[int, int]]] = {kind: [] for kind in ("marauder", "marine", "medivac")}
    spacing = 2 * UNIT_TYPES["marauder"].separation + 0.26
    for agent, kind in zip(agents, SCENARIOS["MMM"].agents, strict=True):
        places[kind].append((round((agent["x"] - 9) / spacing), round((agent["y"] - 16) / spacing)))
    assert sorted(places["marauder"]) == [(-1, -1), (-1, 1)]
    assert sorted(places["marine"]) == [(-1, 0), (0, -1), (0, 0), (0, 1), (1, -1), (1, 0), (1, 1)]
    assert places["medivac"] == [(0, 2)]


@pytest.mark.parametrize("map", MAPS)
def test_terrain_is_a_strip_sixteen_cells_high(map):
    walkable = Skirmish(map).world.walkable
    assert walkable[:, 8:24].all()
    assert walkable.sum() == 32 * 16
