"""PettingZoo's environments seen through the protocol; the contract is tested in tests/envs/test_contract.py."""

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.pettingzoo.env import PettingZoo
from aiirmix.envs.pettingzoo.needs import check

RELAY = "tests.envs.pettingzoo.games"


def relay(limit=12, team_reward="mean", won="reached", **arguments):
    return PettingZoo(RELAY, arguments, limit, team_reward, won)


def play_by_cue(env, seeds, steps):
    """The last runner there does as the cue says where that is allowed, and everybody else action 0."""
    frame, history = env.reset(np.array(seeds)), []
    for _ in range(steps):
        actions = np.zeros((len(seeds), env.spec.n_agents), np.int64)
        for b, game in enumerate(env.games[: len(seeds)]):
            runner = env.agents.index(game.agents[-1]) if game.agents else 0
            actions[b, runner] = game.cue if frame.avail[b, runner, game.cue] else 0
        frame, outcome = env.step(actions)
        history.append((frame, outcome))
        if (env.over).all():
            break
    return history


def test_sizes_are_those_of_the_largest_agent():
    spec = relay().spec
    assert (spec.n_agents, spec.n_actions, spec.obs_dim, spec.state_dim) == (3, 3, 20, 60)
    assert spec.agent_types == ("caller", "runner", "runner")


def test_what_is_shown_at_the_start():
    frame = relay().reset(np.array([4]))
    assert frame.avail[0].tolist() == [[True, True, False], [True, True, True], [True, True, True]]
    assert frame.obs[0, 0].tolist() == [1.0] + [0.0] * 19
    assert frame.obs[0, 1, 2:4].tolist() == [0.5, 1.0]
    assert not frame.obs[0, 1, 4:].any()
    assert frame.state[0].tolist() == frame.obs[0].ravel().tolist()


@pytest.mark.parametrize(("team_reward", "paid"), [("mean", 4 / 3), ("sum", 4.0)])
def test_a_runner_leaves_and_the_team_is_paid(team_reward, paid):
    env = relay(team_reward=team_reward)
    history = play_by_cue(env, [1], 20)
    first_paid = next(outcome for _, outcome in history if outcome.reward[0] > 0)
    assert first_paid.reward[0] == pytest.approx(paid)
    frame = next(frame for frame, outcome in history if outcome.reward[0] > 0)
    assert frame.alive[0].tolist() == [True, True, False]
    assert frame.avail[0, 2].tolist() == [True, False, False]
    assert not frame.obs[0, 2].any()


def test_the_goal_ends_the_episode_and_is_a_win():
    env = relay(limit=50)
    *_, (_, last) = play_by_cue(env, [3], 50)
    assert (last.terminated[0], last.truncated[0], last.won[0]) == (True, False, True)


def test_nothing_is_won_where_no_key_is_named():
    *_, (_, last) = play_by_cue(relay(limit=50, won=None), [3], 50)
    assert last.terminated[0]
    assert not last.won[0]


@pytest.mark.parametrize("settings", [{"limit": 1}, {"limit": 7, "runners": 8}])
def test_the_limit_truncates(settings):
    """With eight runners the goal is out of reach in seven rounds."""
    *_, (frame, last) = play_by_cue(relay(**settings), [0], 30)
    assert (last.terminated[0], last.truncated[0], last.won[0]) == (False, True, False)
    assert frame.alive[0, 0]


def test_the_environments_own_limit_truncates_too():
    env = PettingZoo(RELAY, {"limit": 1}, 30, "mean", None)
    env.reset(np.array([0]))
    _, outcome = env.step(np.zeros((1, 3), np.int64))
    assert outcome.truncated[0]


def test_worlds_with_other_arguments_have_other_names():
    assert relay().spec.name != relay(runners=3).spec.name
    assert relay().spec.name == relay().spec.name


@pytest.mark.parametrize(
    ("module", "arguments", "told"),
    [
        ("no_such_package.game", {}, "no package no_such_package"),
        ("mpe2.simple_sprad_v3", {}, "mpe2 is installed and has no such module"),
        ("json", {}, "no parallel_env"),
        (RELAY, {"joggers": 2}, "joggers"),
        ("mpe2.simple_spread_v3", {"continuous_actions": True}, "must be discrete"),
    ],
)
def test_what_cannot_be_played_is_refused_in_one_line(module, arguments, told):
    with pytest.raises(ConfigError, match=told) as error:
        PettingZoo(module, arguments, 5, "mean", None)
    assert "\n" not in str(error.value)


def test_a_missing_module_is_told_before_anything_is_imported():
    with pytest.raises(ConfigError, match="no package nowhere"):
        check({"module": "nowhere.game"})
