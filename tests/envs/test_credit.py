"""The task with known credit: rewards and contributions by hand, and properties of every variant."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.envs.credit import CreditTask
from tests.doc_pages import ROOT

CONFIGURED: Any = OmegaConf.to_container(OmegaConf.load(Path(ROOT, "conf/env/credit.yaml")))
CONFIGURED.pop("_target_")
SEEDS = np.arange(40, 48)
VARIANTS = list(product(("contexts", "walk"), ("common", "own"), ("each_step", "at_end")))


def make(**changes):
    """Return the configured task with changes."""
    return CreditTask(**CONFIGURED | changes)


def play(env, seeds=SEEDS, choose=None):
    """Play whole episodes; return contexts [T, B, N], actions [T, B, N], rewards [T, B] and contributions [T, B, N]."""
    draw = np.random.default_rng(7)
    frame, steps = env.reset(seeds), []
    for _ in range(env.steps):
        contexts = frame.obs.argmax(-1)
        actions = choose(contexts) if choose else draw.integers(env.actions, size=contexts.shape)
        frame, outcome = env.step(actions)
        steps.append((contexts, actions, outcome.reward.copy(), env.contributions()))
    assert outcome.terminated.all()
    return [np.stack(column) for column in zip(*steps, strict=True)]


def expert(env):
    """Return a policy that acts right wherever it can, and otherwise takes the last action."""
    last = np.arange(env.actions) == env.actions - 1
    return lambda contexts: (env.is_right[np.arange(env.agents), contexts] * 2 + last).argmax(-1)


def test_rewards_and_contributions_of_two_agents_by_hand():
    env = make(agents=2, contexts=2, actions=2, steps=2)
    env.is_right = np.array([[[True, False], [False, True]]] * 2)  # The right action has the context's number.
    env.reset(np.array([0, 1]))
    env.drawn = np.array([[[0, 1], [1, 1], [0, 0]], [[1, 0], [0, 0], [1, 1]]])
    env.context = env.drawn[:, 0]
    frame, outcome = env.step(np.array([[0, 0], [1, 0]]))
    assert env.contributions().tolist() == [[0.5, 0.0], [0.5, 0.5]]
    assert outcome.reward.tolist() == [0.5, 1.0]
    assert frame.obs.tolist() == [[[0, 1], [0, 1]], [[1, 0], [1, 0]]]
    assert frame.state.tolist() == [[0, 1, 0, 1, 0.5], [1, 0, 1, 0, 0.5]]
    assert not outcome.terminated.any()
    _, outcome = env.step(np.array([[1, 1], [1, 1]]))
    assert env.contributions().tolist() == [[0.5, 0.5], [0.0, 0.0]]
    assert outcome.reward.tolist() == [1.0, 0.0]
    assert outcome.terminated.tolist() == [True, True]
    assert outcome.won.tolist() == [True, False]


def test_a_delayed_reward_is_paid_in_the_last_step_and_contributions_are_not_delayed():
    env = make(agents=1, contexts=1, actions=2, steps=3, reward="at_end")
    env.is_right = np.array([[[False, True]]])
    env.reset(np.array([0]))
    steps = [(env.step(np.array([[action]]))[1].reward.item(), env.contributions().item()) for action in (1, 0, 1)]
    assert steps == [(0.0, 1.0), (0.0, 0.0), (2.0, 1.0)]


def test_a_walk_by_hand():
    env = make(agents=1, contexts=5, actions=3, steps=4, dynamics="walk")
    env.is_right = env.is_right.copy()
    goal = int(env.is_right[0, :, 1].argmax())  # Action 1 stays.
    env.reset(np.array([0]))
    env.context = np.array([[(goal - 2) % 5]])
    paid, places = [], []
    for action in (2, 2, 1, 0):
        frame, outcome = env.step(np.array([[action]]))
        paid.append(outcome.reward.item())
        places.append((int(frame.obs[0, 0].argmax()) - goal) % 5)
    assert paid == [0.0, 1.0, 1.0, 0.0]
    assert places == [4, 0, 0, 4]


@pytest.mark.parametrize(("dynamics", "mapping", "reward"), VARIANTS)
def test_contributions_add_up_to_the_return_without_noise(dynamics, mapping, reward):
    env = make(dynamics=dynamics, mapping=mapping, reward=reward)
    *_, rewards, contributions = play(env)
    assert rewards.sum(0) == pytest.approx(contributions.sum((0, 2)), rel=1e-5)
    if reward == "each_step":
        assert rewards == pytest.approx(contributions.sum(2), abs=1e-6)
    else:
        assert (rewards[:-1] == 0).all()


@pytest.mark.parametrize(("dynamics", "mapping", "reward"), VARIANTS)
def test_a_contribution_is_what_the_team_loses_without_the_agent(dynamics, mapping, reward):
    """An agent that acts wrong in the last step instead costs the team exactly its contribution."""
    env, other = (make(dynamics=dynamics, mapping=mapping, reward=reward, steps=1) for _ in range(2))
    wrong = (~env.is_right).argmax(-1)
    contexts, actions, rewards, contributions = (x[0] for x in play(env))
    for agent in range(env.agents):
        without = actions.copy()
        without[:, agent] = wrong[agent, contexts[:, agent]]
        changed = play(other, choose=lambda _, without=without: without)[2][0]
        assert rewards - changed == pytest.approx(contributions[:, agent], abs=1e-6)


@pytest.mark.parametrize(("dynamics", "mapping", "reward"), VARIANTS)
def test_an_agent_that_acts_right_wins_everything_there_is(dynamics, mapping, reward):
    env = make(dynamics=dynamics, mapping=mapping, reward=reward)
    *_, rewards, contributions = play(env, choose=expert(env))
    assert contributions[-1] == pytest.approx(1 / env.agents)
    assert rewards.sum(0).max() <= env.steps + 1e-4
    if dynamics == "contexts":
        assert rewards.sum(0) == pytest.approx(env.steps)


@pytest.mark.parametrize("dynamics", ["contexts", "walk"])
@given(order=st.permutations(range(4)))
@settings(max_examples=15, deadline=None)
def test_exchanging_the_agents_exchanges_their_contributions(dynamics, order):
    env, other = (make(agents=4, dynamics=dynamics, mapping="own") for _ in range(2))
    other.is_right = env.is_right[order]
    frame, exchanged = env.reset(SEEDS), other.reset(SEEDS)
    other.drawn = env.drawn[:, :, order]
    other.context = other.drawn[:, 0]
    draw = np.random.default_rng(0)
    for _ in range(env.steps):
        actions = draw.integers(env.actions, size=frame.obs.shape[:2])
        frame, outcome = env.step(actions)
        exchanged, same = other.step(actions[:, order])
        assert (exchanged.obs == frame.obs[:, order]).all()
        assert (other.contributions() == env.contributions()[:, order]).all()
        assert (same.reward == outcome.reward).all()


def test_common_tasks_are_the_same_for_all_agents_and_own_ones_differ():
    for dynamics in ("contexts", "walk"):
        common, own = (make(dynamics=dynamics, mapping=mapping).is_right for mapping in ("common", "own"))
        assert (common == common[:1]).all()
        assert not (own == own[:1]).all()


@pytest.mark.parametrize(("contexts", "actions"), [(5, 5), (5, 3), (2, 4)])
def test_each_context_has_one_right_action_and_the_actions_are_right_equally_often(contexts, actions):
    is_right = make(contexts=contexts, actions=actions, mapping="own").is_right
    assert (is_right.sum(-1) == 1).all()
    assert (is_right.sum(1) <= -(-contexts // actions)).all()


def test_noise_changes_the_rewards_and_nothing_else():
    quiet, noisy = (play(make(noise=noise, agents=2), np.arange(3000)) for noise in (0.0, 0.3))
    for one, other in zip(quiet[:2] + quiet[3:], noisy[:2] + noisy[3:], strict=True):
        assert (one == other).all()
    errors = noisy[2] - quiet[2]
    assert errors.mean() == pytest.approx(0.0, abs=0.01)
    assert errors.std() == pytest.approx(0.3, rel=0.02)
    assert abs(np.corrcoef(errors)[0, 1]) < 0.06


def test_noise_of_a_delayed_reward_adds_up():
    at_once, delayed = (play(make(noise=0.3, reward=reward))[2] for reward in ("each_step", "at_end"))
    assert delayed.sum(0) == pytest.approx(at_once.sum(0), rel=1e-5)


def test_seeds_change_the_contexts_and_not_the_task():
    first, again, other = (make() for _ in range(3))
    contexts = [play(env, seeds)[0] for env, seeds in ((first, SEEDS), (again, SEEDS), (other, SEEDS + 1000))]
    assert (contexts[0] == contexts[1]).all()
    assert not (contexts[0] == contexts[2]).all()
    assert (first.is_right == other.is_right).all()
    assert not (first.is_right == make(task_seed=1).is_right).all()


def test_every_setting_changes_the_name():
    changes: dict[str, object] = {"agents": 3, "contexts": 4, "actions": 3, "steps": 7, "noise": 0.1, "task_seed": 1}
    changes |= {"dynamics": "walk", "mapping": "own", "reward": "at_end"}
    assert changes.keys() == CONFIGURED.keys()
    names = [make(**{name: value}).spec.name for name, value in changes.items()]
    assert len({make().spec.name, *names}) == 1 + len(changes)
    assert make().spec.name == make().spec.name
    assert all(name.startswith("credit/") for name in names)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"agents": 0}, "agents of the credit task must be at least 1, not 0"),
        ({"noise": -0.1}, r"noise of the credit task must be at least 0\.0, not -0\.1"),
        ({"noise": float("nan")}, "noise of the credit task must be at least"),
        ({"dynamics": "walks"}, "unknown dynamics of the credit task walks; did you mean walk?"),
        ({"reward": "end"}, "unknown reward of the credit task end"),
    ],
)
def test_impossible_settings_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        make(**changes)


def test_the_numbers_quoted_in_the_configuration_are_right():
    rewards = play(make(), np.arange(4000))[2]
    assert rewards.mean() == pytest.approx(0.2, abs=0.005)
    assert rewards.std() == pytest.approx(0.13, abs=0.005)


def test_actions_of_an_episode_that_is_over_are_ignored():
    env = make(steps=1)
    play(env)
    frame, outcome = env.step(np.full((len(SEEDS), env.agents), -7))
    assert not outcome.reward.any()
    assert not frame.obs.any()


def test_what_agents_and_critics_see_does_not_depend_on_who_earned_what():
    env = make(noise=0.0)
    seen = [[env.reset(SEEDS), env.step(np.full((8, 10), action))[0]] for action in range(env.actions)]
    for frames in seen[1:]:
        assert all(
            (a == b).all() for one, other in zip(frames, seen[0], strict=True) for a, b in zip(one, other, strict=True)
        )
