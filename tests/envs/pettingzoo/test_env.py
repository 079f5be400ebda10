"""PettingZoo environments behind the protocol; tests/envs/test_contract.py tests the contract itself."""

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.pettingzoo.env import PettingZoo
from aiirmix.envs.pettingzoo.requirements import check

RELAY = "tests.envs.pettingzoo.games"


def relay(limit=12, team_reward="mean", won="reached", **arguments):
    return PettingZoo(RELAY, arguments, limit, team_reward, won)


def play_by_cue(env, seeds, steps):
    """Play: the last runner present follows the cue where that is available, every other agent chooses action 0."""
    frame, history = env.reset(np.array(seeds)), []
    for _ in range(steps):
        actions = np.zeros((len(seeds), env.spec.n_agents), np.int64)
        for b, copy in enumerate(env.copies[: len(seeds)]):
            runner = env.agents.index(copy.agents[-1]) if copy.agents else 0
            actions[b, runner] = copy.cue if frame.avail[b, runner, copy.cue] else 0
        frame, outcome = env.step(actions)
        history.append((frame, outcome))
        if env.over.all():
            break
    return history


def test_sizes_are_those_of_the_largest_agent():
    spec = relay().spec
    assert (spec.n_agents, spec.n_actions, spec.obs_dim, spec.state_dim) == (3, 3, 20, 60)
    assert spec.agent_types == ("caller", "runner", "runner")


def test_the_first_frame_pads_observations_and_masks():
    frame = relay().reset(np.array([4]))
    assert frame.avail[0].tolist() == [[True, True, False], [True, True, True], [True, True, True]]
    assert frame.obs[0, 0].tolist() == [1.0] + [0.0] * 19
    assert frame.obs[0, 1, 2:4].tolist() == [0.5, 1.0]
    assert not frame.obs[0, 1, 4:].any()
    assert frame.state[0].tolist() == frame.obs[0].ravel().tolist()


@pytest.mark.parametrize(("team_reward", "expected"), [("mean", 4 / 3), ("sum", 4.0)])
def test_the_team_is_rewarded_when_a_runner_leaves(team_reward, expected):
    env = relay(team_reward=team_reward)
    history = play_by_cue(env, [1], 20)
    first_rewarded = next(outcome for _, outcome in history if outcome.reward[0] > 0)
    assert first_rewarded.reward[0] == pytest.approx(expected)
    frame = next(frame for frame, outcome in history if outcome.reward[0] > 0)
    assert frame.alive[0].tolist() == [True, True, False]
    assert frame.avail[0, 2].tolist() == [True, False, False]
    assert not frame.obs[0, 2].any()


def test_reaching_the_goal_ends_the_episode_with_a_win():
    env = relay(limit=50)
    *_, (_, last) = play_by_cue(env, [3], 50)
    assert (last.terminated[0], last.truncated[0], last.won[0]) == (True, False, True)


def test_nothing_can_be_won_without_a_key():
    *_, (_, last) = play_by_cue(relay(limit=50, won=None), [3], 50)
    assert last.terminated[0]
    assert not last.won[0]


@pytest.mark.parametrize("settings", [{"limit": 1}, {"limit": 7, "runners": 8}])
def test_the_episode_limit_truncates(settings):
    """Eight runners cannot leave in seven rounds."""
    *_, (frame, last) = play_by_cue(relay(**settings), [0], 30)
    assert (last.terminated[0], last.truncated[0], last.won[0]) == (False, True, False)
    assert frame.alive[0, 0]


def test_the_environments_own_limit_truncates_too():
    env = PettingZoo(RELAY, {"limit": 1}, 30, "mean", None)
    env.reset(np.array([0]))
    _, outcome = env.step(np.zeros((1, 3), np.int64))
    assert outcome.truncated[0]


def test_other_arguments_give_another_name():
    assert relay().spec.name != relay(runners=3).spec.name
    assert relay().spec.name == relay().spec.name


@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        ("no_such_package.game", {}, "no package no_such_package"),
        ("mpe2.simple_sprad_v3", {}, "mpe2 is installed, but has no such module"),
        ("json", {}, "defines no parallel_env"),
        (RELAY, {"joggers": 2}, "joggers"),
        ("mpe2.simple_spread_v3", {"continuous_actions": True}, "must be discrete"),
    ],
)
def test_what_cannot_be_played_is_refused_in_one_line(module, arguments, message):
    with pytest.raises(ConfigError, match=message) as error:
        PettingZoo(module, arguments, 5, "mean", None)
    assert "\n" not in str(error.value)


def test_a_missing_module_is_reported_before_anything_is_imported():
    with pytest.raises(ConfigError, match="no package nowhere"):
        check({"module": "nowhere.game"})
