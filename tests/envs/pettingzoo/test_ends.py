"""Agents of PettingZoo end one by one; a game that cannot be played is refused before a run starts."""

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.pettingzoo.env import PettingZoo
from aiirmix.envs.pettingzoo.requirements import check

GAME = "tests.envs.pettingzoo.ends"


def scheduled(*ends, limit=20, **arguments):
    return PettingZoo(GAME, {"ends": list(ends), **arguments}, limit, "sum", None)


def play(env):
    """Play action 0 to the end; return the last frame of each step and the outcomes."""
    env.reset(np.array([0]))
    history = []
    while not env.over.all():
        history.append(env.step(np.zeros((1, env.spec.n_agents), np.int64)))
    return history


@pytest.mark.parametrize("how", ["terminated", "truncated"])
def test_the_game_goes_on_when_one_agent_ends(how):
    (frame, outcome), *others = play(scheduled([1, how], [3, "terminated"]))
    assert not outcome.terminated[0]
    assert not outcome.truncated[0]
    assert frame.alive[0].tolist() == [False, True]
    assert frame.avail[0].tolist() == [[True, False], [True, True]]
    assert frame.obs[0].ravel().tolist() == [0, 2]
    assert len(others) == 2


@pytest.mark.parametrize(
    ("ends", "truncated", "alive"),
    [
        ([[1, "truncated"], [2, "terminated"]], False, [False, False]),
        ([[1, "terminated"], [2, "truncated"]], True, [False, True]),
        ([[2, "terminated"], [2, "truncated"]], True, [False, True]),
        ([[2, "truncated"], [2, "truncated"]], True, [True, True]),
        ([[2, "terminated"], [2, "terminated"]], False, [False, False]),
    ],
)
def test_the_agents_that_are_left_decide_how_the_game_ends(ends, truncated, alive):
    history = play(scheduled(*ends))
    frame, outcome = history[-1]
    assert len(history) == 2
    assert (outcome.truncated[0], outcome.terminated[0]) == (truncated, not truncated)
    assert frame.alive[0].tolist() == alive


def test_the_episode_limit_truncates_those_who_are_left():
    frame, outcome = play(scheduled([1, "truncated"], [9, "terminated"], limit=3))[-1]
    assert outcome.truncated[0]
    assert frame.alive[0].tolist() == [False, True]


def test_only_agents_that_are_present_are_rewarded():
    rewards = [outcome.reward[0] for _, outcome in play(scheduled([1, "truncated"], [2, "terminated"]))]
    assert rewards == [2, 1]


@pytest.mark.parametrize(
    ("names", "kinds"),
    [(None, ("agent", "agent")), ([["red", 0], ["blue", 1]], ("red", "blue")), (["a_1", 7], ("a", "agent"))],
)
@pytest.mark.parametrize("announced", [True, False])
def test_names_may_be_anything_and_known_after_a_reset_only(names, kinds, announced):
    env = scheduled([1, "truncated"], [2, "terminated"], names=names, announced=announced)
    assert env.spec.agent_types == kinds
    assert len(play(env)) == 2


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("old reset", "its reset must return observations and infos"),
        ("old step", "its step must return observations, rewards, terminations, truncations, infos"),
        ("continuous", "the actions of 0 must be discrete, not Box"),
        ("sequence", "the observations of 0 must have a fixed size, unlike Sequence"),
        ("mask", "the observations of 0 have action_mask, and must have observation, too"),
        ("deserted", "it has no agents after a reset"),
        ("silent", "KeyError 0"),
        ("small seed", "Seed must be between"),
    ],
)
def test_a_game_that_cannot_be_played_is_refused_before_the_start(rule, message):
    settings = {"module": GAME, "arguments": {"rule": rule}, "episode_limit": 9, "team_reward": "mean", "won": None}
    with pytest.raises(ConfigError, match=message) as error:
        check({"_target_": "aiirmix.envs.pettingzoo.env.PettingZoo", **settings})
    assert f"env.module={GAME}" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_game_that_can_be_played_passes():
    arguments = {"ends": [[2, "truncated"]]}
    check({"module": GAME, "arguments": arguments, "episode_limit": 9, "team_reward": "mean", "won": None})
