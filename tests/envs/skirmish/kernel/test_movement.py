"""Paths around walls, through chokes and crowds, on every map (docs/smac_contract.md §4.4)."""

import heapq
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiirmix.envs.contract.maps import MAP_NAMES, find_map
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.state import MOVE
from aiirmix.envs.skirmish.kernel.terrain import find_ways, survey
from aiirmix.envs.skirmish.rules.policies import script_orders
from tests.envs.skirmish.battle_setup import duel

WALLED = [name for name in MAP_NAMES if len(find_map(name).walkable) > 1]


def steps_between(walkable, start, goal):
    """Return the length of the shortest path along cells that cuts no corners (Dijkstra's algorithm)."""
    best, queue = {start: 0.0}, [(0.0, start)]
    while queue:
        length, (x, y) = heapq.heappop(queue)
        if (x, y) == goal:
            return length
        for dx, dy in itertools.product((-1, 0, 1), repeat=2):
            cells = [(x + dx, y), (x, y + dy), (x + dx, y + dy)]
            if all(0 <= a < 32 and 0 <= b < 32 and walkable[a, b] for a, b in cells):
                further = length + np.hypot(dx, dy)
                if further < best.get(cells[2], np.inf):
                    best[cells[2]] = further
                    heapq.heappush(queue, (further, cells[2]))
    raise AssertionError("no way")


@pytest.mark.parametrize("map", WALLED)
@settings(max_examples=8)
@given(data=st.data())
def test_a_walker_gets_from_anywhere_to_anywhere_on_the_shortest_way(map, data):
    walkable = survey(find_map(map)).walkable
    inside = [tuple(cell) for cell in np.argwhere(walkable).tolist() if min(cell) >= 2 and max(cell) < 30]
    start, goal = data.draw(st.sampled_from(inside)), data.draw(st.sampled_from(inside))
    agent = Skirmish(map).spec.n_agents - 1
    env, units = duel(map, **{f"u{agent}": {"x": start[0] + 0.5, "y": start[1] + 0.5}, f"u{agent + 1}": {}})
    units[agent]["order"], units[agent]["speed"], units[agent]["strides"] = MOVE, 0.15, False
    units[agent]["goal_x"], units[agent]["goal_y"] = goal[0] + 0.5, goal[1] + 0.5
    units[agent + 1]["damage"] = units[agent + 1]["separation"] = units[agent + 1]["body"] = 0.0
    env.world.rules["step_mul"] = 1 + int(1.05 * steps_between(walkable, start, goal) / 0.15)
    env.advance()
    np.testing.assert_allclose([units[agent]["x"], units[agent]["y"]], np.add(goal, 0.5), atol=1e-6)


@pytest.mark.parametrize("map", MAP_NAMES)
def test_scripted_battles_keep_everybody_on_the_map_and_end_in_time(map):
    env = Skirmish(map)
    env.reset(np.arange(3))
    world, steps = env.world, 0
    while not world.battles["over"].all():
        script_orders(world.rules, world.battles, world.units)
        env.advance()
        steps += 1
        assert all(np.isfinite(world.units[name]).all() for name in ("x", "y", "health", "shield", "cooldown"))
        for ground, units in (
            (world.walkable, world.units[~world.units["air"] & ~world.units["strides"]]),
            (world.terrain.strideable, world.units[world.units["strides"]]),
        ):
            assert ground[units["x"].astype(int), units["y"].astype(int)].all()
        assert (np.clip(world.units["x"], 2, 30) == world.units["x"]).all()
    assert steps <= env.spec.episode_limit


@pytest.mark.parametrize(("map", "steps"), [("corridor", 34), ("so_many_baneling", 34), ("2c_vs_64zg", 34)])
def test_a_crowd_of_enemies_gets_to_its_goal_around_walls(map, steps):
    env = Skirmish(map)
    env.reset(np.array([1]))
    units, n = env.world.units[0], env.spec.n_agents
    goal = (16.0, 16.0) if map == "2c_vs_64zg" else (4.47, 4.33)
    units["x"][:n], units["y"][:n] = goal
    units["health"][:n] = units["health_max"][:n] = 1e9
    units["damage_point"][n:] = 1e9
    for _ in range(steps):
        env.advance()
    near = np.hypot(units["x"][n:] - goal[0], units["y"][n:] - goal[1]) < 6.0
    assert near.mean() > 0.9


def test_a_wall_with_a_gap_is_passed_through_the_gap():
    walkable = np.zeros((32, 32), np.bool_)
    walkable[4:12, 4:12] = True
    walkable[8, 4:10] = False
    ways = find_ways(walkable)
    here, there = 5 * 32 + 5, 11 * 32 + 5
    stops = [here]
    while stops[-1] != there:
        stops.append(int(ways[stops[-1], there]))
    assert 8 * 32 + 10 in stops or {7 * 32 + 10, 9 * 32 + 10} <= set(stops)
    assert ways[here, 5 * 32 + 9] == 5 * 32 + 9
    assert ways[here, 0] == 4 * 32 + 4  # the nearest cell to one that cannot be walked on
