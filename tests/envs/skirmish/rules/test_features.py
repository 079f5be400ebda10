"""Observations, state and masks against the oracle: in random battle states, at boundaries, and in hand-made ones."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.envs.skirmish.battle_setup import MAPS, arrange, bodies, environment, kinds, look, oracle, random_battles
from tests.envs.skirmish.oracle import CONTRACT_MAPS, COOLDOWN, HEALTH, SHIELD, Body
from tests.marks import slow_but

LARGE = [HealthCheck.too_slow]
"""Battles of up to 66 units take a while to generate."""
FLAGS: tuple[dict[str, Any], ...] = (
    {"obs_all_health": False},
    {"obs_all_health": False, "obs_own_health": False, "state_last_action": False},
    {"obs_last_action": True, "obs_timestep_number": True, "state_timestep_number": True},
    {"obs_instead_of_state": True, "obs_timestep_number": True},
    {"obs_pathing_grid": True},
    {"obs_pathing_grid": True, "obs_terrain_height": True, "move_amount": 1.5, "enemy_order": "shuffled"},
    {"obs_terrain_height": True, "move_amount": 5.0, "obs_instead_of_state": True, "enemy_order": "sorted"},
)
FAR = (6.0, 9.0)
"""The ranges of shooting and of sight."""
places = st.one_of(st.integers(2, 30).map(float), st.floats(0, 31.999))


def body(kind, n_actions):
    """Return a strategy for a unit that may be anywhere, hurt or dead."""
    return st.builds(
        Body,
        kind=st.just(kind),
        x=places,
        y=places,
        health=st.one_of(st.just(0.0), st.just(float(HEALTH[kind])), st.floats(0.01, HEALTH[kind])),
        shield=st.floats(0, SHIELD.get(kind, 0)),
        energy=st.floats(0, 200) if kind == "medivac" else st.just(0.0),
        cooldown=st.floats(0, COOLDOWN.get(kind, 15)),
        last_action=st.integers(-1, n_actions - 1),
    )


@st.composite
def states(draw, kinds, n_actions):
    """Draw a battle state in which some units stand at the boundaries of others' range and sight.

    They differ on one axis only, where differences are exact.
    """
    units = [draw(body(kind, n_actions)) for kind in kinds]
    for i, j in draw(st.lists(st.tuples(*[st.integers(0, len(units) - 1)] * 2), max_size=4)):
        far = draw(st.sampled_from([*FAR, *(math.nextafter(apart, 0) for apart in FAR)]))
        units[i].x, units[i].y = float(int(units[i].x) % 16), float(int(units[i].y))
        units[j].x, units[j].y = units[i].x + far, units[i].y
    return units


def check(env, state, step):
    """Compare the simulator's frame of a battle state with the oracle's, number for number."""
    expected = oracle(env)
    arrange(env, state)
    env.world.battles["step"] = step
    seen = look(env)
    agents = range(env.spec.n_agents)
    np.testing.assert_array_equal(seen.avail, np.array([expected.mask(state, i) for i in agents], bool))
    np.testing.assert_array_equal(seen.alive, [state[i].alive for i in agents])
    np.testing.assert_array_equal(seen.obs, np.array([expected.obs(state, i, step) for i in agents], np.float32))
    np.testing.assert_array_equal(seen.state, np.array(expected.state(state, step), np.float32))


def check_any(data, env):
    """Check a drawn battle state."""
    env.reset(np.array([data.draw(st.integers(0, 9))]))
    state = data.draw(states(kinds(env), env.spec.n_actions))
    check(env, state, data.draw(st.integers(0, env.spec.episode_limit)))


DIFFERENT_MAPS = ["2s3z", "3m", "MMM2", "3s5z_vs_3s6z", "so_many_baneling", "bane_vs_bane", "2c_vs_64zg", "corridor"]
"""All kinds of units, walls, heights, and numbers of units."""


@pytest.mark.parametrize("map", slow_but(DIFFERENT_MAPS, MAPS))
@settings(max_examples=5, suppress_health_check=LARGE)
@given(data=st.data())
def test_any_battle_state_is_shown_as_the_contract_says(map, data):
    check_any(data, environment(map))


@pytest.mark.slow
@pytest.mark.parametrize("map", MAPS)
@settings(max_examples=200, suppress_health_check=LARGE)
@given(data=st.data())
def test_any_of_many_battle_states_is_shown_as_the_contract_says(map, data):
    check_any(data, environment(map, **data.draw(st.sampled_from(FLAGS))))


@pytest.mark.parametrize("flags", FLAGS)
@settings(max_examples=4, suppress_health_check=LARGE)
@given(data=st.data())
def test_every_flag_is_shown_as_the_contract_says(flags, data):
    check_any(data, environment(data.draw(st.sampled_from(MAPS)), **flags))


def check_random_play(env, seeds):
    """Check every state of random battles; return how many there were."""
    checked = 0
    for _, frame, _ in random_battles(env, seeds):
        for battle in np.flatnonzero(~env.world.battles["over"]):
            expected, state, step = oracle(env, battle), bodies(env, battle), int(env.world.battles["step"][battle])
            for i in range(env.spec.n_agents):
                np.testing.assert_array_equal(frame.obs[battle, i], np.array(expected.obs(state, i, step), np.float32))
                np.testing.assert_array_equal(frame.avail[battle, i], np.array(expected.mask(state, i), bool))
            np.testing.assert_array_equal(frame.state[battle], np.array(expected.state(state, step), np.float32))
            checked += 1
    return checked


@pytest.mark.parametrize("map", ["2s3z", "3s5z", "8m", "MMM"])
def test_random_play_is_shown_as_the_contract_says(map):
    assert check_random_play(environment(map), np.arange(4)) > 80


@pytest.mark.slow
@pytest.mark.parametrize("map", MAPS)
@pytest.mark.parametrize("order", ["created", "shuffled", "sorted"])
def test_much_random_play_is_shown_as_the_contract_says(map, order):
    env = environment(map, enemy_order=order, obs_last_action=True, obs_pathing_grid=True, obs_terrain_height=True)
    assert check_random_play(env, np.arange(4)) > 20


@pytest.mark.parametrize(
    ("apart", "attackable", "visible"),
    [(6.0, True, True), (math.nextafter(6, 7), False, True), (math.nextafter(9, 8), False, True), (9.0, False, False)],
)
@pytest.mark.parametrize("direction", [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_shooting_ends_at_6_and_sight_before_9(apart, attackable, visible, direction):
    env = environment("8m")
    state = [replace(body, health=0.0) for body in bodies(env)]
    # Differences of coordinates are exact here, as one of them is 0.
    state[0] = Body("marine", 0.0, 0.0, 45.0)
    state[8] = Body("marine", apart * direction[0], apart * direction[1], 45.0)
    arrange(env, state)
    seen = look(env)
    assert seen.avail[0, 6] == attackable
    assert seen.obs[0, 4] == attackable
    assert (seen.obs[0, 8] == 1.0) == visible


def test_an_agent_at_its_spawn_point_reads_minus_a_quarter_in_the_state():
    env = environment("2s3z")
    agents = bodies(env)[:5]
    centre = next(i for i, body in enumerate(agents) if (body.x, body.y) == (9.0, 16.0))
    row = look(env).state[centre * 7 : centre * 7 + 7]
    np.testing.assert_array_equal(row, np.array([1, 0, -0.25, 0, 1, 1, 0], np.float32))


@pytest.mark.parametrize("map", MAPS)
def test_last_actions_are_blank_at_the_start(map):
    env = environment(map)
    assert not look(env).state[-env.spec.n_agents * env.spec.n_actions :].any()


@pytest.mark.parametrize("map", ["2s3z", "3s5z"])
def test_type_bits_of_stalkers_and_zealots_are_reversed_between_the_sides(map):
    env = environment(map)
    state = look(env).state
    for i, kind in enumerate(CONTRACT_MAPS[map].agents):
        assert tuple(state[i * 7 + 5 : i * 7 + 7]) == ((1, 0) if kind == "stalker" else (0, 1))
    enemies = env.spec.n_agents * 7
    for e, kind in enumerate(CONTRACT_MAPS[map].enemies):
        assert tuple(state[enemies + e * 6 + 4 : enemies + e * 6 + 6]) == ((0, 1) if kind == "stalker" else (1, 0))


def test_a_medivac_may_heal_any_living_ally_in_range_hurt_or_not():
    env = environment("MMM")
    state = [replace(body, x=10.0, y=16.0) for body in bodies(env)]
    state[3].health = 0.0
    state[4].x = 17.0
    arrange(env, state)
    mask = look(env).avail[9]
    assert list(np.flatnonzero(mask[6:])) == [0, 1, 2, 5, 6, 7, 8]


def test_a_medivac_sees_in_an_enemys_row_whether_it_may_heal_the_ally_of_that_number():
    env = environment("MMM")
    state = [replace(body, x=10.0, y=16.0) for body in bodies(env)]
    state[0].x = 3.0
    state[12].x = 25.0
    arrange(env, state)
    flags = look(env).obs[9, 4 : 4 + 10 * 8 : 8]
    # Ally 0 is out of reach, enemy 2 out of sight, and 9 is the medivac itself.
    assert list(flags) == [0, 1, 0, 1, 1, 1, 1, 1, 1, 0]


def test_moves_are_tested_a_cell_ahead_against_the_terrain():
    env = environment("8m")
    state = [replace(body, x=16.0, y=y) for body, y in zip(bodies(env), np.linspace(8, 23.99, 16), strict=True)]
    arrange(env, state)
    avail = look(env).avail
    for i in range(8):
        assert avail[i, 2] == (int(state[i].y + 1) <= 23)
        assert avail[i, 3] == (int(state[i].y - 1) >= 8)
        assert avail[i, 4:6].all()
