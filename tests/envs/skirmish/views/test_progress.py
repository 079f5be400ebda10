"""What SMAC's class counts of a battle, and the commands that actions mean (docs/smac_contract.md §2.5, §3, §8)."""

import numpy as np
import pytest

from tests.envs.skirmish.views.helpers import begin, move, random_legal


def test_the_last_battle_is_forgotten_at_reset():
    env = begin()
    env.step([1, 2, 3, 4, 5, 1, 1, 1])
    np.testing.assert_array_equal(env.last_action.argmax(axis=1), [1, 2, 3, 4, 5, 1, 1, 1])
    assert env.last_action.sum() == 8
    assert env.previous_ally_units is not None
    env.reset()
    assert (env.last_action.sum(), env.previous_ally_units, env.previous_enemy_units) == (0, None, None)


@pytest.mark.parametrize("sparse", [False, True])
def test_deaths_are_tracked_unless_rewards_are_sparse(sparse):
    env = begin(reward_sparse=sparse)
    env.battle.units["health"][[2, 9]] = 0.0
    env.step([1, 1, 0, 1, 1, 1, 1, 1])
    assert np.flatnonzero(env.death_tracker_ally).tolist() == ([] if sparse else [2])
    assert np.flatnonzero(env.death_tracker_enemy).tolist() == ([] if sparse else [1])
    assert env.death_tracker_ally.shape == (8,)


@pytest.mark.parametrize(
    ("fallen", "code", "won", "lost"), [(slice(8, 16), 1, True, False), (slice(0, 8), -1, False, True)]
)
def test_ends_are_counted(fallen, code, won, lost):
    env = begin()
    assert env.update_units() is None
    env.battle.units["health"][fallen] = 0.0
    assert env.update_units() == code
    env.step([int(unit.health > 0) for unit in env.agents.values()])
    assert (env.win_counted, env.defeat_counted, env.battles_won) == (code == 1, code == -1, int(code == 1))
    env.battle.units["health"] = 0.0
    assert env.update_units() == 0
    env.reset()
    assert (env.win_counted, env.defeat_counted) == (False, False)


def test_a_side_of_medivacs_has_lost():
    env = begin("MMM")
    assert not env.only_medivac_left(ally=True)
    env.battle.units["health"][:9] = 0.0
    assert env.only_medivac_left(ally=True)
    assert env.update_units() == -1
    env = begin("MMM")
    env.battle.units["health"][10:19] = 0.0
    assert env.only_medivac_left(ally=False)
    assert env.update_units() == 1
    assert not begin("8m").only_medivac_left(ally=True)


@pytest.mark.parametrize(
    "flags", [{}, {"reward_only_positive": False}, {"reward_scale": False}, {"reward_sparse": True}]
)
def test_the_reward_of_a_battle_is_that_of_its_steps(flags):
    env, rng = begin("2s3z", **flags), np.random.default_rng(0)
    assert env.reward_battle() == 0
    over = False
    while not over:
        reward, over, _ = env.step(random_legal(env.get_avail_actions(), rng))
        scale = env.max_reward / 20 if env.reward_scale else 1
        if not over:
            assert env.reward_battle() / scale == pytest.approx(reward, abs=1e-6)
        assert env.reward == reward


def test_a_full_restart_starts_the_series_anew():
    env = begin()
    first = env.get_state()
    env.reset()
    assert not np.array_equal(env.get_state(), first)
    env.full_restart()
    assert env.get_stats()["restarts"] == env.force_restarts == 1
    with pytest.raises(RuntimeError, match="reset"):
        env.step([1] * 8)
    env.reset()
    np.testing.assert_array_equal(env.get_state(), first)


def test_actions_mean_smacs_commands():
    env = begin("MMM")
    move(env, 0, 9.0, 16.0)
    env.battle.frame.avail[0, [0, 9], 6] = True
    assert env.get_agent_action(0, 1) == (4, (0,), None, None, False)
    goals = [env.get_agent_action(0, action).target_world_space_pos for action in (2, 3, 4, 5)]
    assert goals == [(9, 18), (9, 14), (11, 16), (7, 16)]
    assert env.get_agent_action(0, 6) == (23, (0,), None, 10, False)
    assert env.get_agent_action(9, 6) == (386, (9,), None, 0, False)
    with pytest.raises(AssertionError, match="agent 0: action 0 is not available"):
        env.get_agent_action(0, 0)
    env.battle.units["health"][0] = 0.0
    env.battle.frame.avail[0, 0] = np.arange(16) == 0
    assert env.get_agent_action(0, 0) is None


def test_the_scripts_command_is_the_one_that_it_plays():
    env = begin("2s3z", heuristic_ai=True)
    assert env.heuristic_targets == [None] * 5
    chosen = [env.get_agent_action_heuristic(i, 1) for i in range(5)]
    assert env.heuristic_targets == [None] * 5
    actions = [1] * 5
    env.step(actions)
    assert actions == [action for _, action in chosen]
    assert env.heuristic_targets == [action - 6 for action in actions]
    assert [command.target_unit_tag for command, _ in chosen if command] == [action - 1 for action in actions]
