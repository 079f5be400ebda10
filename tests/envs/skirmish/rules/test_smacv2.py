"""SMACv2's contract against the oracle in random states of random teams, and numbers computed by hand."""

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiirmix.envs.contract.scenarios import SCENARIO_NAMES
from aiirmix.envs.skirmish.env import Skirmish
from tests.envs.skirmish.battle_setup import arrange, environment, judge, look, random_battles
from tests.envs.skirmish.oracle import COOLDOWN, HEALTH, SHIELD
from tests.envs.skirmish.scenes import scene, shown
from tests.envs.skirmish.smacv2_oracle import RACES, SIGHT, TARGET_RANGE, Body, Smacv2Options, Smacv2Oracle
from tests.marks import slow_but

SMALL = tuple(f"{race}_5_vs_5" for race in RACES)
FLAGS: tuple[dict[str, Any], ...] = (
    {"obs_own_pos": False, "obs_last_action": True},
    {"use_unit_ranges": False, "obs_timestep_number": True, "state_timestep_number": True},
    {"min_attack_range": 4.5, "obs_all_health": False},
    {"obs_all_health": False, "obs_own_health": False, "state_last_action": False},
    {"conic_fov": True},
    {"conic_fov": True, "num_fov_actions": 5, "action_mask": False, "obs_last_action": True},
    {"action_mask": False},
    {"fully_observable": True},
    {"fully_observable": True, "conic_fov": True, "num_fov_actions": 3},
    {"obs_starcraft": False, "obs_timestep_number": True},
    {"attack": (0.2, 0.9), "obs_last_action": True},
    {"health": (0.0, 0.6), "attack": (0.5, 0.5), "conic_fov": True},
    {"health": (0.1, 0.6), "attack": (0.0, 1.0), "observe_capabilities": False},
    {"health": (0.1, 0.3), "obs_all_health": False, "obs_own_health": False},
    {"enemy_mask": 0.5, "health": (0.1, 0.3)},
)
LARGE = [HealthCheck.too_slow]
places = st.one_of(st.integers(2, 30).map(float), st.floats(2, 30))


def split(map):
    race, agents, _, enemies = map.split("_")
    return race, int(agents), int(enemies)


def oracle(env):
    race, agents, enemies = split(env.map)
    known = {flag.name: getattr(env, flag.name) for flag in fields(Smacv2Options)}
    asked = {name: value for name, value in known.items() if value is not None}
    return Smacv2Oracle(race, agents, enemies, Smacv2Options(**asked))


def kinds(env, battle=0):
    names = RACES[split(env.map)[0]][0]
    return [names[bit] for bit in env.world.units[battle]["type_bit"]]


def bodies(env, battle=0):
    names = ("x", "y", "health", "shield", "energy", "cooldown", "last_action", "gaze", "accuracy", "death_level")
    units = env.world.units[battle]
    return [
        replace(Body(kind, *(unit[name].item() for name in names)), hidden_from=hidden_from(unit))
        for kind, unit in zip(kinds(env, battle), units, strict=True)
    ]


def hidden_from(unit):
    """Return the agents from which an enemy is hidden."""
    return frozenset(a for a in range(64) if int(unit["hidden"]) >> a & 1)


def put(env, state):
    """Set the units of the battle to the oracle's bodies."""
    arrange(env, state)
    env.world.units[0]["gaze"] = [body.gaze for body in state]


@st.composite
def states(draw, env):
    """Draw a battle state in which some units stand at the boundaries of others' range and sight.

    They differ on one axis only, where differences are exact.
    """
    turns, drawn = env.num_fov_actions if env.conic_fov else 1, bodies(env)
    state = [
        Body(
            kind,
            draw(places),
            draw(places),
            health=draw(st.one_of(st.just(0.0), st.just(float(HEALTH[kind])), st.floats(0.01, HEALTH[kind]))),
            shield=draw(st.floats(0, SHIELD.get(kind, 0))),
            energy=draw(st.floats(0, 200)) if kind == "medivac" else 0.0,
            cooldown=draw(st.floats(0, COOLDOWN[kind])),
            last_action=draw(st.integers(-1, env.spec.n_actions - 1)),
            gaze=draw(st.integers(0, turns - 1)),
            accuracy=unit.accuracy,
            level=unit.level,
            hidden_from=unit.hidden_from,
        )
        for kind, unit in zip(kinds(env), drawn, strict=True)
    ]
    for i, j in draw(st.lists(st.tuples(*[st.integers(0, len(state) - 1)] * 2), max_size=4)):
        exact = draw(st.sampled_from([SIGHT[state[i].kind], max(2.0, TARGET_RANGE[state[i].kind]), 6.0, 9.0]))
        far = draw(st.sampled_from([float(exact), math.nextafter(exact, 0)]))
        state[i].x, state[i].y = float(int(state[i].x) % 16), float(int(state[i].y))
        state[j].x, state[j].y = state[i].x + far, state[i].y
    return state


def check(env, state, step):
    """Compare the simulator's frame of a battle state with the oracle's."""
    expected = oracle(env)
    put(env, state)
    env.world.battles["step"] = step
    seen = look(env)
    agents = range(env.spec.n_agents)
    np.testing.assert_array_equal(seen.avail, np.array([expected.mask(state, i) for i in agents], bool))
    obs = np.array([expected.obs(state, i, step) for i in agents], np.float32)
    np.testing.assert_allclose(seen.obs, obs, rtol=0, atol=1e-7)
    np.testing.assert_allclose(seen.state, np.array(expected.state(state, step), np.float32), rtol=0, atol=1e-7)


def check_any(data, env):
    env.reset(np.array([data.draw(st.integers(0, 10**6))]))
    check(env, data.draw(states(env)), data.draw(st.integers(0, 200)))


@pytest.mark.parametrize("map", slow_but(SMALL, SCENARIO_NAMES))
@settings(max_examples=40, suppress_health_check=LARGE)
@given(data=st.data())
def test_any_battle_state_is_shown_as_smacv2_shows_it(map, data):
    check_any(data, environment(map))


@pytest.mark.parametrize("flags", FLAGS)
@settings(max_examples=6, suppress_health_check=LARGE)
@given(data=st.data())
def test_every_flag_is_shown_as_smacv2_shows_it(flags, data):
    check_any(data, environment(data.draw(st.sampled_from(SMALL)), **flags))


@pytest.mark.slow
@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("map", SMALL)
@settings(max_examples=300, suppress_health_check=LARGE)
@given(data=st.data())
def test_every_flag_is_shown_as_smacv2_shows_it_in_many_states(map, flags, data):
    check_any(data, environment(map, **flags))


@pytest.mark.parametrize("map", SMALL)
def test_rewards_and_ends_of_random_play_are_smacv2s(map):
    env = environment(map)
    expected, seeds = oracle(env), np.arange(6)
    env.reset(seeds)
    before = [bodies(env, b) for b in seeds]
    running = np.ones(len(seeds), bool)
    for _, _, outcome in random_battles(env, seeds):
        for b in np.flatnonzero(running):
            after = bodies(env, b)
            end = expected.end(after, int(env.world.battles["step"][b]))
            assert outcome.reward[b] == pytest.approx(expected.reward(before[b], after, end), rel=3e-5, abs=1e-6)
            assert outcome.won[b] == (end == "won")
            assert outcome.terminated[b] == (end in ("won", "lost", "drawn"))
            before[b], running[b] = after, end is None


@pytest.mark.parametrize("map", slow_but(["terran_5_vs_5"], SMALL))
@pytest.mark.parametrize("flags", [{}, {"reward_only_positive": False}, {"reward_sparse": True}])
@settings(max_examples=15, suppress_health_check=LARGE)
@given(data=st.data())
def test_any_step_is_rewarded_and_ended_as_in_smacv2(map, flags, data):
    env = environment(map, **flags)
    env.reset(np.array([data.draw(st.integers(0, 10**6))]))
    before, after = data.draw(states(env)), data.draw(states(env))
    for was, now in zip(before, after, strict=True):
        now.health = now.health if was.alive else 0.0
    step = data.draw(st.sampled_from([10, 199, 200]))
    env.world.battles["step"] = step
    expected = oracle(env)
    end = expected.end(after, step)
    reward, seen_end = judge(env, before, after)
    assert seen_end == end
    assert reward == pytest.approx(expected.reward(before, after, end), rel=3e-5, abs=1e-6)


# Numbers computed by hand.


@pytest.mark.parametrize(
    ("x", "row"), [(15, [1, 0.5556, 0.5556, 0, 1, 1, 0, 0]), (19, [0] * 8), (15.01, [0, 0.5567, 0.5567, 0, 1, 1, 0, 0])]
)
def test_a_marine_sees_to_9_and_shoots_to_5(x, row):
    seen = shown(scene("terran_5_vs_5"), {0: ("marine", 10, 16), 5: ("marine", x, 16)})
    assert seen.obs[0, 4:12].round(4).tolist() == pytest.approx(row)
    assert bool(seen.avail[0, 6]) == bool(row[0])


def test_a_stalker_sees_a_colossus_beyond_its_reach():
    env = scene("protoss_5_vs_5")
    seen = shown(env, {0: ("stalker", 10, 16, {"shield": 40, "cooldown": 7}), 5: ("colossus", 17, 16)})
    assert seen.obs[0, 4:13].tolist() == pytest.approx([0, 0.7, 0.7, 0, 1, 1, 0, 0, 1])
    assert seen.obs[0, -7:].tolist() == pytest.approx([1, 0.5, 0.3125, 0.5, 1, 0, 0])
    assert seen.state[:8].tolist() == pytest.approx([1, 0.2, -0.2143, 0, 0.5, 1, 0, 0], abs=1e-4)


@pytest.mark.parametrize(("apart", "reached"), [(1.5, True), (2, True), (2.01, False)])
def test_melee_units_reach_targets_within_2(apart, reached):
    seen = shown(scene("protoss_5_vs_5"), {0: ("zealot", 11, 16), 5: ("zealot", 11 + apart, 16)})
    assert bool(seen.avail[0, 6]) == reached


def test_a_medivac_heals_within_4_and_sees_to_11():
    env = scene("terran_5_vs_5")
    cast = {0: ("marauder", 9, 12), 1: ("marine", 10, 16), 2: ("medivac", 12, 16), 5: ("marine", 15, 16)}
    seen = shown(env, cast)
    assert seen.avail[2, 6:].tolist() == [False, True, False, False, False]
    assert seen.obs[2, 5] == pytest.approx(3 / 11)
    assert seen.obs[2, -6:].tolist() == pytest.approx([1, 0.375, 0.5, 0, 0, 1])
    assert seen.obs[0, 44:48].tolist() == pytest.approx([1, math.sqrt(17) / 10, 0.1, 0.4])
    assert seen.state[14:21].tolist() == pytest.approx([1, 0.25, -0.1429, 0, 0, 0, 1], abs=1e-4)


def test_agents_are_sorted_by_kind_and_x():
    """Marauder before marine before medivac, marines by x; the bits have another order."""
    env = Skirmish("terran_10_vs_10")
    env.reset(np.arange(50))
    for units in env.world.units[:, :10]:
        rank = np.array([1, 0, 2])[units["type_bit"]]
        assert (np.diff(rank) >= 0).all()


@pytest.mark.parametrize(
    ("flags", "ally_loss", "dealt", "pay"),
    [({}, 0, -2, 0), ({}, 0, 8, 8), ({"reward_only_positive": False}, 20, 8, -2)],
)
def test_regeneration_does_not_pay(flags, ally_loss, dealt, pay):
    env = environment("protoss_5_vs_5", reward_scale=False, **flags)
    env.reset(np.array([1]))
    before = [replace(body, health=float(HEALTH[body.kind]) - 30, shield=0.0) for body in bodies(env)]
    after = [replace(body) for body in before]
    after[0].health -= ally_loss
    after[7].health -= dealt
    assert judge(env, before, after) == (pytest.approx(pay), None)


@pytest.mark.parametrize(
    ("map", "expected"),
    [
        ("terran_5_vs_5", 707.5), ("terran_10_vs_10", 1215), ("terran_10_vs_11", 1310), ("terran_20_vs_23", 2534.3),
        ("protoss_5_vs_5", 1122.5), ("protoss_10_vs_11", 2229.5), ("protoss_20_vs_20", 3890),
        ("zerg_5_vs_5", 523.75), ("zerg_10_vs_11", 915), ("zerg_20_vs_23", 1689.3),
    ],
)  # fmt: skip
def test_the_divisor_is_the_expected_return_of_a_win(map, expected):
    rules = Skirmish(map).world.rules[0]
    assert rules["reward_divisor"] * 20 == pytest.approx(expected, rel=3e-5)


def test_the_expected_divisor_is_the_mean_over_battles():
    env = Skirmish("terran_10_vs_11")
    env.reset(np.arange(10_000))
    enemies = env.world.units[:, 10:]
    most = (enemies["health_max"] + enemies["shield_max"]).sum(1) + 11 * 10 + 200
    error = most.std() / math.sqrt(len(most))
    assert abs(most.mean() - 20 * env.world.rules["reward_divisor"][0]) < 4 * error


def test_the_first_battle_may_decide_the_divisor_as_in_smacv2():
    env = Skirmish("terran_5_vs_5", reward_scale_first=True)
    env.reset(np.array([5, 6]))
    toughness = env.world.units[0, 5:]["health_max"].sum()
    for seeds in (np.array([5, 6]), np.array([7])):
        env.reset(seeds)
        assert env.world.rules["reward_divisor"][0] == pytest.approx((toughness + 250) / 20)


@pytest.mark.parametrize(
    ("alive", "end"),
    [
        ({0: "marine", 2: "medivac"}, "won"),
        ({2: "medivac", 5: "marine"}, "lost"),
        ({2: "medivac", 5: "medivac"}, "lost"),
        ({0: "marine", 5: "medivac", 6: "medivac"}, "won"),
        ({}, "lost"),
        ({0: "marine", 5: "marine"}, None),
    ],
)
def test_terran_ends_when_a_side_has_only_medivacs(alive, end):
    env = scene("terran_5_vs_5")
    shown(env, {number: (kind, 10, 16) for number, kind in alive.items()})
    state = bodies(env)
    assert judge(env, state, state)[1] == end


def test_both_sides_dead_is_a_draw_unless_there_are_medivacs():
    env = scene("zerg_5_vs_5")
    shown(env, {})
    assert judge(env, bodies(env), bodies(env))[1] == "drawn"
