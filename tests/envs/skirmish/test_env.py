"""The public interface of the environment: constructor, buffers, refused arguments, orders of enemies."""

import math

import numpy as np
import pytest

from aiirmix.bench.simulator import CORES
from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.env import Skirmish
from tests.envs.skirmish.battle_setup import MAPS, environment, kinds, make, random_battles
from tests.envs.skirmish.oracle import CONTRACT_MAPS


def test_a_map_may_be_named_without_a_keyword():
    assert Skirmish("MMM").spec == Skirmish(map="MMM").spec


@pytest.mark.parametrize("arguments", [{"map": "8n"}, {"enemy_order": "random"}])
def test_unknown_choices_are_refused_with_the_known_ones(arguments):
    with pytest.raises(ValueError, match=r"^unknown .*(8m|sorted)"):
        Skirmish(**arguments)


def test_an_unavailable_action_is_refused_by_name():
    env = Skirmish("8m")
    env.reset(np.arange(3))
    actions = np.ones((3, 8), np.int64)
    for bad in (0, 6, 14, -1):
        actions[1, 4] = bad
        message = rf"battle 1, agent 4: action {bad} is not available \(legal: 1, 2, 3, 4, 5\)"
        with pytest.raises(ValueError, match=message):
            env.step(actions)


def test_a_refused_step_changes_nothing():
    env = Skirmish("8m")
    env.reset(np.arange(2))
    before = env.world.units.copy()
    with pytest.raises(ValueError, match="battle 0, agent 0"):
        env.step(np.zeros((2, 8), np.int64))
    assert (env.world.units == before).all()


def test_unchecked_actions_may_be_anything():
    env = Skirmish("MMM", check_actions=False)
    env.reset(np.arange(4))
    random = np.random.default_rng(0)
    for _ in range(60):
        frame, outcome = env.step(random.integers(-3, 30, (4, 10)))
        assert np.isfinite(frame.obs).all()
        assert np.isfinite(outcome.reward).all()


def test_battles_write_into_slices_of_larger_buffers():
    env, twin = Skirmish("2s3z"), Skirmish("2s3z")
    spec = env.spec
    obs = np.full((4, 3, spec.n_agents, spec.obs_dim), np.nan, np.float32)
    state = np.zeros((4, 3, spec.state_dim), np.float32)
    avail = np.zeros((4, 3, spec.n_agents, spec.n_actions), np.bool_)
    alive = np.zeros((4, 3, spec.n_agents), np.bool_)
    env.reset(np.arange(3), Frame(obs[0], state[0], avail[0], alive[0]))
    expected = twin.reset(np.arange(3))
    for t in range(1, 4):
        actions = expected.avail.argmax(-1)
        env.step(actions, (Frame(obs[t], state[t], avail[t], alive[t]), Outcome.zeros(3)))
        expected, _ = twin.step(actions)
        for written, array in zip((obs[t], state[t], avail[t], alive[t]), expected, strict=True):
            np.testing.assert_array_equal(written, array)


@pytest.mark.parametrize("spoil", [lambda a: a[:-1], lambda a: a.astype(np.float64), lambda a: np.asfortranarray(a)])
def test_buffers_of_the_wrong_kind_are_refused(spoil):
    env = Skirmish("8m")
    frame = Frame.zeros(env.spec, 4)
    with pytest.raises(ValueError, match="buffer obs must be"):
        env.reset(np.arange(4), frame._replace(obs=spoil(frame.obs)))


def test_actions_of_another_shape_are_refused():
    env = Skirmish("8m")
    env.reset(np.arange(4))
    with pytest.raises(ValueError, match="actions must have shape"):
        env.step(np.ones((4, 7), np.int64))


@pytest.mark.parametrize("map", MAPS)
def test_enemies_come_in_the_chosen_order(map):
    def enemies(order, seed):
        env = make(map, enemy_order=order)
        env.reset(np.array([seed]))
        units = env.world.units[0, env.spec.n_agents :]
        return kinds(env)[env.spec.n_agents :], tuple((round(unit["x"], 1), round(unit["y"], 1)) for unit in units)

    created, ordered = enemies("created", 0)[0], enemies("sorted", 0)[0]
    assert created == enemies("created", 1)[0] == CONTRACT_MAPS[map].enemies
    shuffled = {enemies("shuffled", seed)[1] for seed in range(20)}
    assert len(shuffled) >= min(6, math.factorial(len(created)) // 2 + 1)
    bits = CONTRACT_MAPS[map].enemy_bits or created[:1]
    assert list(ordered) == sorted(created, key=bits.index)


@pytest.mark.parametrize("map", ["2s3z", "bane_vs_bane"])
def test_threads_change_no_battle(map):
    """Thirteen battles of unequal length give the threads unequal amounts of work."""
    once, again = Skirmish(map), Skirmish(map, threads=min(2, CORES))
    seeds = np.arange(13)
    for (_, frame, outcome), (_, other, result) in zip(
        random_battles(once, seeds), random_battles(again, seeds), strict=True
    ):
        for written, array in zip((*other, *result), (*frame, *outcome), strict=True):
            np.testing.assert_array_equal(written, array)


@pytest.mark.parametrize("threads", [0, -1, 10**6])
def test_more_threads_than_cores_are_refused(threads):
    with pytest.raises(ValueError, match=rf"threads must be from 1 to \d+, the number of cores, not {threads}"):
        Skirmish("8m", threads=threads)


@pytest.mark.parametrize("arguments", [{"step_mul": 0}, {"move_amount": 0.0}, {"move_amount": -1.0}])
def test_steps_and_moves_must_be_positive(arguments):
    with pytest.raises(ValueError, match=r"^step_mul must be at least 1, not 0|^move_amount must be more than 0, not "):
        Skirmish("8m", **arguments)


@pytest.mark.parametrize(
    ("flags", "cells"),
    [
        ({"step_mul": 1}, 2.25 / 16),
        ({"step_mul": 4}, 2.25 / 4),
        ({"step_mul": 16}, 2.0),
        ({"step_mul": 64}, 2.0),
        ({"move_amount": 0.5}, 0.5),
        ({"move_amount": 20.0, "step_mul": 16}, 2.25),
    ],
)
def test_a_move_is_as_long_as_the_goal_is_far_and_the_step_allows(flags, cells):
    """A marine walks 2.25 cells per data second, which has 16 loops."""
    env = environment("3m", **flags)
    marine = env.world.units[0, 0]
    before = marine["x"].item()
    env.advance(actions=np.full((1, 3), 5))
    np.testing.assert_allclose(before - marine["x"], cells)


def test_the_scripted_ally_ignores_the_actions_which_are_shown_as_the_last_ones():
    env, twin = Skirmish("8m", heuristic_ai=True), Skirmish("8m", heuristic_ai=True)
    for each in (env, twin):
        each.reset(np.arange(4))
    asked = np.tile([1, 2, 3, 4, 5, 13, 99, -5], (4, 1))
    frame, _ = env.step(asked)
    twin.step(np.ones((4, 8), np.int64))
    np.testing.assert_array_equal(asked[0], [1, 2, 3, 4, 5, 13, 99, -5])
    np.testing.assert_array_equal(frame.state[0, 56:].reshape(8, 14).argmax(1), [1, 2, 3, 4, 5, 13, 0, 0])
    assert (env.scripted >= 6).all()
    np.testing.assert_array_equal(env.world.units["x"], twin.world.units["x"])
