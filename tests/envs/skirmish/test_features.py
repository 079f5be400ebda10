"""Observations, state and masks against the oracle: in random battle states, at boundaries, and by hand."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.envs.skirmish.env import Skirmish
from tests.envs.skirmish.oracle import COOLDOWN, HEALTH, SCENARIOS, SHIELD, Body, Options, Oracle
from tests.envs.skirmish.staging import MAPS, arrange, bodies, look, random_battles

FLAGS: tuple[dict[str, Any], ...] = (
    {"obs_all_health": False},
    {"obs_all_health": False, "obs_own_health": False, "state_last_action": False},
    {"obs_last_action": True, "obs_timestep_number": True, "state_timestep_number": True},
    {"obs_instead_of_state": True, "obs_timestep_number": True},
)
places = st.one_of(st.integers(2, 30).map(float), st.floats(2, 30))
rows = st.one_of(st.integers(8, 23).map(float), st.floats(8, 23.999))


def states(map):
    """Strategies of battle states: any unit may be anywhere, hurt or dead."""
    scenario = SCENARIOS[map]

    def body(kind):
        return st.builds(
            Body,
            kind=st.just(kind),
            x=places,
            y=rows,
            health=st.one_of(st.just(0.0), st.just(float(HEALTH[kind])), st.floats(0.01, HEALTH[kind])),
            shield=st.floats(0, SHIELD.get(kind, 0)),
            energy=st.floats(0, 200) if kind == "medivac" else st.just(0.0),
            cooldown=st.floats(0, COOLDOWN[kind]),
            last_action=st.integers(-1, scenario.n_actions - 1),
        )

    return st.tuples(*(body(kind) for kind in scenario.agents + scenario.enemies))


def environment(map, **flags):
    env = Skirmish(map, **flags)
    env.reset(np.array([0]))
    return env


def check(env, state, step, **flags):
    """Compares what the simulator shows of a battle state with what the oracle says, number for number."""
    oracle = Oracle(SCENARIOS[env.map], Options(**flags))
    arrange(env, state)
    env.world.battles["step"] = step
    seen = look(env)
    agents = range(env.spec.n_agents)
    np.testing.assert_array_equal(seen.avail, np.array([oracle.mask(state, i) for i in agents], bool))
    np.testing.assert_array_equal(seen.alive, [state[i].alive for i in agents])
    np.testing.assert_array_equal(seen.obs, np.array([oracle.obs(state, i, step) for i in agents], np.float32))
    np.testing.assert_array_equal(seen.state, np.array(oracle.state(state, step), np.float32))


@pytest.mark.parametrize("map", MAPS)
@given(data=st.data())
def test_any_battle_state_is_shown_as_the_contract_says(map, data):
    check(environment(map), data.draw(states(map)), step=data.draw(st.integers(0, 100)))


@pytest.mark.parametrize("flags", FLAGS)
@given(data=st.data())
def test_every_flag_is_shown_as_the_contract_says(flags, data):
    map = data.draw(st.sampled_from(MAPS))
    check(environment(map, **flags), data.draw(states(map)), data.draw(st.integers(0, 100)), **flags)


@pytest.mark.parametrize("map", MAPS)
def test_random_play_is_shown_as_the_contract_says(map):
    env, oracle, states = Skirmish(map), Oracle(SCENARIOS[map]), 0
    for _, frame, _ in random_battles(env, np.arange(8)):
        for battle in np.flatnonzero(~env.world.battles["over"]):
            state, step = bodies(env, battle), int(env.world.battles["step"][battle])
            for i in range(env.spec.n_agents):
                np.testing.assert_array_equal(frame.obs[battle, i], np.array(oracle.obs(state, i, step), np.float32))
                np.testing.assert_array_equal(frame.avail[battle, i], np.array(oracle.mask(state, i), bool))
            np.testing.assert_array_equal(frame.state[battle], np.array(oracle.state(state, step), np.float32))
            states += 1
    assert states > 150


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


def test_an_agent_reads_its_spawn_as_a_quarter_left_of_the_centre():
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
    for i, kind in enumerate(SCENARIOS[map].agents):
        assert tuple(state[i * 7 + 5 : i * 7 + 7]) == ((1, 0) if kind == "stalker" else (0, 1))
    enemies = env.spec.n_agents * 7
    for e, kind in enumerate(SCENARIOS[map].enemies):
        assert tuple(state[enemies + e * 6 + 4 : enemies + e * 6 + 6]) == ((0, 1) if kind == "stalker" else (1, 0))


def test_a_medivac_may_heal_whoever_lives_and_is_near_hurt_or_not():
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
