"""Invariants of battles on every map, for any player."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.policies import RandomPolicy
from tests.envs.skirmish.battle_setup import MAPS, make

FLAGS: tuple[dict[str, Any], ...] = (
    {},
    {"enemy_order": "shuffled", "reward_only_positive": False},
    {"obs_last_action": True, "obs_pathing_grid": True, "obs_terrain_height": True, "reward_sparse": True},
    {"step_mul": 3, "move_amount": 3.5, "enemy_order": "sorted", "reward_scale": False},
    {"heuristic_ai": True, "heuristic_rest": True},
)
ROUNDING = 1e-6
REGENERATED = 60.0
"""Upper bound of the scaled reward that regeneration and healing may pay in a whole battle."""


@st.composite
def players(draw):
    """Return a strategy for players: each agent prefers some actions and otherwise takes any available one."""
    seed, zeal = draw(st.integers(0, 2**31)), draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]))
    first = draw(st.integers(1, 6))
    generator, policy = np.random.default_rng(seed), RandomPolicy(np.array([seed]))

    def choose(avail):
        """Return actions [1, N]; an agent may prefer to stop, one direction, or the first available target."""
        actions = np.zeros(avail.shape[:2], np.int64)
        policy(avail, actions)
        liked = avail[..., first:].argmax(-1) + first
        keen = avail[..., first:].any(-1) & (generator.random(actions.shape) < zeal)
        return np.where(keen, liked, actions)

    return seed, choose


def check_invariants(env, frame, outcome, died):
    """Check that numbers are finite and in bounds, units on walkable ground, and that every mask has an action."""
    units, walkable = env.world.units[0], env.world.walkable
    assert all(np.isfinite(array).all() for array in (frame.obs, frame.state, outcome.reward))
    assert frame.avail[0].any(-1).all()
    np.testing.assert_array_equal(frame.avail[0, :, 0], ~frame.alive[0])
    assert (units["health"] >= 0).all()
    assert (units["health"] <= units["health_max"] + ROUNDING).all()
    assert (units["shield"] >= 0).all()
    assert (units["shield"] <= units["shield_max"] + ROUNDING).all()
    assert (units["energy"] >= -ROUNDING).all()
    assert not (died & (units["health"] > 0)).any(), "the dead stay dead"
    assert ((units["x"] >= 2) & (units["x"] <= 30) & (units["y"] >= 2) & (units["y"] <= 30)).all()
    on_foot = units[~(units["air"] | units["strides"])]
    assert walkable[on_foot["x"].astype(int), on_foot["y"].astype(int)].all()


def check_battle(env, seed, choose):
    """Play one battle and check every step."""
    frame, outcome = env.reset(np.array([seed])), Outcome.zeros(1)
    died, returned = np.zeros(len(env.world.units[0]), bool), 0.0
    while not env.world.battles["over"][0]:
        env.step(choose(frame.avail), (frame, outcome))
        check_invariants(env, frame, outcome, died)
        died |= env.world.units[0]["health"] <= 0
        returned += outcome.reward[0]
    assert outcome.terminated[0] != outcome.truncated[0]
    assert env.world.battles["step"][0] <= env.spec.episode_limit
    assert outcome.truncated[0] <= (env.world.battles["step"][0] == env.spec.episode_limit)
    if env.reward_scale and env.reward_only_positive and not env.reward_sparse:
        assert 0 <= returned <= 20 * (1 + ROUNDING) + REGENERATED


@pytest.mark.parametrize("map", MAPS)
@settings(max_examples=4)
@given(player=players())
def test_every_battle_keeps_the_invariants_and_ends(map, player):
    check_battle(make(map), *player)


@pytest.mark.slow
@pytest.mark.parametrize("map", MAPS)
@settings(max_examples=150)
@given(player=players(), flags=st.sampled_from(FLAGS))
def test_many_battles_keep_the_invariants_and_end_under_all_flags(map, player, flags):
    check_battle(make(map, **flags), *player)


@pytest.mark.parametrize("map", MAPS)
def test_observations_are_no_larger_than_one_and_a_win_without_regeneration_is_twenty(map):
    env, seeds = make(map), np.arange(16)
    policy, frame, outcome = RandomPolicy(seeds), env.reset(seeds), Outcome.zeros(16)
    actions = np.zeros((16, env.spec.n_agents), np.int64)
    while not env.world.battles["over"].all():
        policy(frame.avail, actions)
        env.step(actions, (frame, outcome))
        assert np.abs(frame.obs).max() <= 1.0
        assert outcome.reward.min() >= 0.0
        assert outcome.reward.max() <= 20.0


@pytest.mark.parametrize("name", MAPS)
@settings(max_examples=4)
@given(data=st.data())
def test_every_unavailable_action_is_refused_and_changes_nothing(name, data):
    env = make(name)
    frame = env.reset(np.array([data.draw(st.integers(0, 99)), 5]))
    policy, actions = RandomPolicy(np.array([1, 2])), np.zeros((2, env.spec.n_agents), np.int64)
    for _ in range(data.draw(st.integers(0, 12))):
        policy(frame.avail, actions)
        frame, _ = env.step(actions)
    policy(frame.avail, actions)
    battle, agent = data.draw(st.integers(0, 1)), data.draw(st.integers(0, env.spec.n_agents - 1))
    legal = np.flatnonzero(frame.avail[battle, agent])
    number = st.one_of(st.integers(-2, env.spec.n_actions + 2), st.sampled_from([-(2**63), 2**63 - 1]))
    actions[battle, agent] = data.draw(number.filter(lambda action: action not in legal))
    before = env.world.units.copy()
    message = rf"^battle {battle}, agent {agent}: action {actions[battle, agent]} is not available \(legal: "
    with pytest.raises(ValueError, match=message + ", ".join(map(str, legal)) + r"\)$"):
        env.step(actions)
    assert (env.world.units == before).all()


@pytest.mark.parametrize("map", MAPS)
@settings(max_examples=4)
@given(seed=st.integers(0, 2**31))
def test_unchecked_impossible_actions_keep_the_invariants(map, seed):
    env, generator = make(map, check_actions=False), np.random.default_rng(seed)
    env.reset(np.array([seed]))
    died = np.zeros(len(env.world.units[0]), bool)
    for _ in range(40):
        nonsense = generator.integers(-3, env.spec.n_actions + 3, (1, env.spec.n_agents))
        frame, outcome = env.step(nonsense, (Frame.zeros(env.spec, 1), Outcome.zeros(1)))
        if env.world.battles["over"][0]:
            break
        check_invariants(env, frame, outcome, died)
        died |= env.world.units[0]["health"] <= 0


def test_without_check_an_action_of_the_dead_or_a_wrong_number_means_no_op():
    env = Skirmish("8m", check_actions=False)
    env.reset(np.array([0]))
    frame, _ = env.step(np.array([[1, 99, -7, 1, 1, 1, 1, 1]]))
    np.testing.assert_array_equal(frame.state[0, 56:].reshape(8, 14).argmax(1), [1, 0, 0, 1, 1, 1, 1, 1])
