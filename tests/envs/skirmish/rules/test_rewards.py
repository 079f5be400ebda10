"""Rewards and ends of battles against the oracle and the figures of docs/smac_contract.md §3.1 to §3.3."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiirmix.envs.skirmish.env import Skirmish
from tests.envs.skirmish.battle_setup import MAPS, bodies, environment, judge, oracle, random_battles
from tests.envs.skirmish.oracle import HEALTH, SHIELD

LARGE = [HealthCheck.too_slow]
"""Battles of up to 66 units take a while to generate."""
FLAGS: tuple[dict[str, Any], ...] = (
    {},
    {"reward_only_positive": False},
    {"reward_sparse": True},
    {"reward_sparse": True, "reward_scale": False},
    {"reward_scale": False},
    {
        "reward_only_positive": False,
        "reward_negative_scale": 0.25,
        "reward_death_value": 7.0,
        "reward_scale_rate": 10.0,
    },
    {"reward_win": 50.0, "reward_defeat": -30.0},
)


def transition(data, kinds):
    """Draw units before and after a step: some die, some are hurt, some recover, and the dead stay dead."""
    before, after = [], []
    for body in kinds:
        health, shield = HEALTH[body.kind], SHIELD.get(body.kind, 0)
        points = st.tuples(st.floats(0.01, health), st.floats(0, shield))
        was = data.draw(st.one_of(st.just((0.0, 0.0)), points))
        now = data.draw(st.one_of(st.just((0.0, 0.0)), points)) if was[0] else (0.0, 0.0)
        before.append(replace(body, health=was[0], shield=was[1]))
        after.append(replace(body, health=now[0], shield=now[1]))
    return before, after


def check(data, env):
    """Compare the reward and the end of a drawn step with the oracle's."""
    expected = oracle(env)
    before, after = transition(data, bodies(env))
    step = data.draw(st.sampled_from([1, env.spec.episode_limit - 1, env.spec.episode_limit]))
    env.world.battles["step"] = step
    reward, end = judge(env, before, after)
    assert end == expected.end(after, step)
    assert reward == np.float32(expected.reward(before, after, end))


@pytest.mark.parametrize("map", MAPS)
@settings(max_examples=4, suppress_health_check=LARGE)
@given(data=st.data())
def test_any_step_on_any_map_is_rewarded_as_the_contract_says(map, data):
    check(data, environment(map))


@pytest.mark.parametrize("flags", FLAGS)
@settings(max_examples=12, suppress_health_check=LARGE)
@given(data=st.data())
def test_any_step_is_rewarded_as_the_flags_say(flags, data):
    check(data, environment(data.draw(st.sampled_from(MAPS)), **flags))


@pytest.mark.slow
@pytest.mark.parametrize("map", MAPS)
@settings(max_examples=200, suppress_health_check=LARGE)
@given(data=st.data())
def test_any_of_many_steps_is_rewarded_as_the_contract_says(map, data):
    check(data, environment(map, **data.draw(st.sampled_from(FLAGS))))


def check_random_play(env, seeds):
    """Check every step of random battles; return how many there were."""
    before: list[Any] = []
    judged, over = 0, np.zeros(len(seeds), bool)
    for _, _, outcome in random_battles(env, seeds):
        after, expected = [bodies(env, battle) for battle in range(len(seeds))], oracle(env)
        for battle in np.flatnonzero(~over) if before else ():
            end = expected.end(after[battle], int(env.world.battles["step"][battle]))
            assert outcome.reward[battle] == np.float32(expected.reward(before[battle], after[battle], end))
            assert outcome.won[battle] == (end == "won")
            assert outcome.terminated[battle] == (end in ("won", "lost", "drawn"))
            assert outcome.truncated[battle] == (end == "timed out")
            judged += 1
        before, over = after, env.world.battles["over"].copy()
    return judged


@pytest.mark.parametrize("map", ["2s3z", "3s5z", "8m", "MMM"])
def test_random_play_is_rewarded_as_the_contract_says(map):
    assert check_random_play(Skirmish(map), np.arange(8)) > 150


@pytest.mark.slow
@pytest.mark.parametrize("map", MAPS)
@pytest.mark.parametrize("flags", [{}, {"reward_only_positive": False}])
def test_much_random_play_is_rewarded_as_the_contract_says(map, flags):
    assert check_random_play(Skirmish(map, **flags), np.arange(12)) > 100


def living(env, allies, enemies):
    """Return the battle's units, of which only those with the given numbers are alive."""
    n, every = env.spec.n_agents, bodies(env)
    alive = {*allies, *(n + enemy for enemy in enemies)}
    return [body if i in alive else replace(body, health=0.0, shield=0.0) for i, body in enumerate(every)]


@pytest.mark.parametrize(
    ("map", "allies", "enemies", "end"),
    [
        ("8m", range(8), range(8), None),
        ("8m", [], [5], "lost"),
        ("8m", [3], [], "won"),
        ("8m", [], [], "drawn"),
        ("2s3z", [], [0, 1], "lost"),
        ("2s3z", [4], [], "won"),
        ("2s3z", [], [], "drawn"),
        ("MMM", [9], [0, 9], "lost"),
        ("MMM", [9], [], "lost"),
        ("MMM", [], [], "lost"),
        ("MMM", [9], [9], "lost"),
        ("MMM", [2], [9], "won"),
        ("MMM", [2, 9], [], "won"),
        ("MMM", [2], [8], None),
        ("MMM", [2], [8, 9], None),
        ("MMM2", [9], [0], "lost"),
        ("MMM2", [9], [], "lost"),
        ("MMM2", [0], [11], "won"),
        ("MMM2", [0], [7], None),
        ("bane_vs_bane", [], [], "drawn"),
        ("2s_vs_1sc", [], [0], "lost"),
        ("2c_vs_64zg", [1], [], "won"),
    ],
)
def test_battles_end_as_the_contract_says(map, allies, enemies, end):
    env = environment(map)
    after = living(env, allies, enemies)
    assert judge(env, bodies(env), after)[1] == end


@pytest.mark.parametrize("map", MAPS)
def test_time_runs_out_at_the_limit_and_a_late_win_is_a_win(map):
    env = environment(map)
    start = bodies(env)
    limit = env.spec.episode_limit
    for step, end in ((limit - 1, None), (limit, "timed out")):
        env.world.battles["step"] = step
        assert judge(env, start, start)[1] == end
    assert judge(env, start, living(env, [0], []))[1] == "won"


def after_hit(state, unit, points):
    return [replace(body, shield=body.shield - points) if i == unit else body for i, body in enumerate(state)]


def test_a_hit_and_a_kill_on_8m_are_worth_the_quanta_of_the_contract():
    env = environment("8m")
    start = bodies(env)
    hurt = [replace(body, health=39.0) if i == 8 else body for i, body in enumerate(start)]
    assert judge(env, start, hurt)[0] == np.float32(0.1875)
    killed = [replace(body, health=0.0) if i == 8 else body for i, body in enumerate(hurt)]
    assert judge(env, hurt, killed)[0] == np.float32((39 + 10) / 32)


def test_a_perfect_win_returns_20_whatever_the_map():
    for map in MAPS:
        env = environment(map)
        start = bodies(env)
        reward, end = judge(env, start, living(env, range(env.spec.n_agents), []))
        assert (reward, end) == (20.0, "won")


@pytest.mark.parametrize(("flags", "sign"), [({}, 1), ({"reward_only_positive": False}, -1)])
def test_regeneration_of_an_enemy_pays_unless_rewards_may_be_negative(flags, sign):
    env = environment("2s3z", **flags)
    hurt = after_hit(bodies(env), unit=5, points=20.0)
    reward, _ = judge(env, hurt, after_hit(hurt, unit=5, points=-1.0))
    assert reward == np.float32(sign / 51)


def test_own_losses_count_only_if_rewards_may_be_negative():
    start = bodies(environment("8m"))
    dead = [replace(body, health=0.0) if i == 0 else body for i, body in enumerate(start)]
    assert judge(environment("8m"), start, dead)[0] == 0.0
    reward, _ = judge(environment("8m", reward_only_positive=False), start, dead)
    assert reward == np.float32(-0.5 * (45 + 10) / 32)


@pytest.mark.parametrize(("allies", "enemies", "reward"), [([1], [], 0.03125), ([], [1], -0.03125), ([], [], 0.0)])
def test_sparse_rewards_are_scaled_as_well(allies, enemies, reward):
    env = environment("8m", reward_sparse=True)
    assert judge(env, bodies(env), living(env, allies, enemies))[0] == np.float32(reward)
