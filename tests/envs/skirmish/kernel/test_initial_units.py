"""The units at the beginning of a battle (docs/smac_contract.md §2.7, §4.3)."""

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.map_spec import MapSpec, Rectangle, Squad
from aiirmix.envs.contract.maps import MAP_NAMES, find_map
from aiirmix.envs.skirmish.catalog.tuning import DEFAULT_TUNING
from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.initial_units import initial_units
from aiirmix.envs.skirmish.kernel.terrain import walkable_cells
from tests.envs.skirmish.contract_maps import CONTRACT_MAPS

# Kinds in agent order on the maps whose agents are of several kinds (docs/smac_contract.md §2.7).
MIXED = {
    "2s3z": {"stalker": 2, "zealot": 3},
    "3s5z": {"stalker": 3, "zealot": 5},
    "3s5z_vs_3s6z": {"stalker": 3, "zealot": 5},
    "MMM": {"marauder": 2, "marine": 7, "medivac": 1},
    "MMM2": {"marauder": 2, "marine": 7, "medivac": 1},
    "1c3s5z": {"colossus": 1, "stalker": 3, "zealot": 5},
    "bane_vs_bane": {"baneling": 4, "zergling": 20},
}


@pytest.mark.parametrize("name", MIXED)
def test_agents_come_in_smacs_order_of_kinds(name):
    kinds = [kind for kind, count in MIXED[name].items() for _ in range(count)]
    assert find_map(name).agent_types == tuple(kinds)


@pytest.mark.parametrize("name", MAP_NAMES)
def test_agents_of_a_kind_are_sorted_by_place(name):
    agents = initial_units(find_map(name))[: len(find_map(name).agent_types)]
    keys = list(zip(agents["type_bit"], agents["x"], agents["y"], strict=True))
    assert keys == sorted(keys)


@pytest.mark.parametrize("name", ["2s3z", "3s5z", "8m", "MMM", "3m", "25m", "1c3s5z"])
def test_equal_sides_appear_in_the_same_formation_14_cells_apart(name):
    units = initial_units(find_map(name))
    n = len(units) // 2
    allies, enemies = (
        sorted(zip(side["health_max"], side["x"], side["y"], strict=True)) for side in (units[:n], units[n:])
    )
    np.testing.assert_allclose(np.array(enemies) - allies, [[0.0, 14.0, 0.0]] * n, atol=1e-9)


@pytest.mark.parametrize("name", MAP_NAMES)
def test_units_appear_on_free_ground_near_their_spawn_points(name):
    spec = find_map(name)
    units = initial_units(spec)
    assert walkable_cells(spec)[units["x"].astype(int), units["y"].astype(int)].all()
    apart = np.hypot(*(units[axis][:, None] - units[axis] for axis in "xy"))
    reach = units["separation"][:, None] + units["separation"]
    for kind in ("air", "strides"):  # which others do not bump into
        reach[units[kind][:, None] != units[kind]] = 0.0
    np.fill_diagonal(reach, 0.0)
    assert (apart >= reach).all()
    for squad in spec.allies + spec.enemies:
        nearby = np.hypot(units["x"] - squad.spawn[0], units["y"] - squad.spawn[1]) < 8.0
        assert nearby.sum() >= squad.count


@pytest.mark.parametrize("name", MAP_NAMES)
def test_enemies_appear_near_their_places_and_agents_exactly_there(name):
    env = Skirmish(name)
    env.reset(np.arange(50))
    units, n = env.world.units, env.spec.n_agents
    places, reach = initial_units(find_map(name)), DEFAULT_TUNING.formation_jitter
    away = np.abs([units[axis] - places[axis] for axis in "xy"])
    assert (away[:, :, :n] == 0.0).all()
    speed = units["speed"][:, n:]  # a loop has been played
    assert (away[:, :, n:] <= np.where(speed > 0.0, reach + speed, 0.0) + 1e-9).all()
    assert (units["y"][:, n:].std(axis=0).mean() > 0.4 * reach) == (speed > 0.0).all()
    assert walkable_cells(find_map(name))[units["x"].astype(int), units["y"].astype(int)].all()


def test_two_squads_of_marines_appear_at_points_of_their_own():
    marines = initial_units(find_map("2m_vs_1z"))[:2]
    assert list(zip(marines["x"], marines["y"], strict=True)) == [(13.0, 12.0), (19.0, 12.0)]


def test_units_of_mmm_appear_in_the_formation_seen_in_the_game():
    agents = initial_units(find_map("MMM"))[:10]
    places: dict[str, list[tuple[int, int]]] = {kind: [] for kind in ("marauder", "marine", "medivac")}
    spacing = 2 * UNIT_TYPES["marauder"].separation + DEFAULT_TUNING.formation_slack
    for agent, kind in zip(agents, CONTRACT_MAPS["MMM"].agents, strict=True):
        places[kind].append((round((agent["x"] - 9) / spacing), round((agent["y"] - 16) / spacing)))
    assert sorted(places["marauder"]) == [(-1, -1), (-1, 1)]
    assert sorted(places["marine"]) == [(-1, 0), (0, -1), (0, 0), (0, 1), (1, -1), (1, 0), (1, 1)]
    assert places["medivac"] == [(0, 2)]


def test_more_units_than_the_ground_has_room_for_are_refused():
    nook = (Rectangle((8, 10), (8, 10)),)
    squads = Squad("marauder", 40, (9.0, 9.0)), Squad("marine", 1, (9.0, 9.0))
    spec = MapSpec(episode_limit=9, allies=squads[:1], enemies=squads[1:], walkable=nook, enemy_goal=None)
    with pytest.raises(ConfigError, match=r"^around \[9, 9\] there is room for \d of 40 × marauder$"):
        initial_units(spec)
