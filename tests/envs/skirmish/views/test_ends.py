"""The ends of battles in SMAC's class: infos and statistics (docs/smac_contract.md §3.3, §3.4)."""

import pytest

from aiirmix.envs.skirmish.views.smac import StarCraft2Env
from tests.envs.skirmish.views.helpers import with_limit


def test_a_lost_battle_is_counted_without_a_win():
    env = StarCraft2Env("8m", seed=0)
    env.reset()
    terminated = False
    while not terminated:
        _, terminated, info = env.step([mask[1] for mask in env.get_avail_actions()])
    assert (info["battle_won"], info["dead_allies"]) == (False, 8)
    assert set(info) == {"battle_won", "dead_allies", "dead_enemies"}
    assert env.get_stats() == {
        "battles_won": 0,
        "battles_game": 1,
        "battles_draw": 0,
        "win_rate": 0.0,
        "timeouts": 0,
        "restarts": 0,
    }


@pytest.mark.parametrize("sparse", [False, True])
def test_a_won_battle_is_counted_and_rewarded(sparse):
    env = StarCraft2Env("8m", seed=0, reward_sparse=sparse)
    env.reset()
    env.battle.units["health"][8:] = 0.0
    reward, terminated, info = env.step([1] * 8)
    assert terminated
    assert info == {"battle_won": True, "dead_allies": 0, "dead_enemies": 8}
    assert reward == pytest.approx(0.03125 if sparse else 20.0)
    assert (env.get_stats()["battles_won"], env.get_stats()["win_rate"]) == (1, 1.0)


def test_mutual_destruction_is_neither_a_win_nor_counted_as_a_draw():
    env = StarCraft2Env("8m", seed=0)
    env.reset()
    env.battle.units["health"] = 0.0
    _, terminated, info = env.step([0] * 8)
    assert terminated
    assert info == {"battle_won": False, "dead_allies": 8, "dead_enemies": 8}
    assert (env.get_stats()["battles_game"], env.get_stats()["battles_draw"]) == (1, 0)


@pytest.mark.parametrize("continuing", [False, True])
def test_a_time_out_ends_a_battle_and_is_marked_only_in_continuing_episodes(continuing):
    env = with_limit(StarCraft2Env("8m", seed=0, continuing_episode=continuing), 2)
    env.reset()
    assert env.step([1] * 8) == (0.0, False, {"battle_won": False, "dead_allies": 0, "dead_enemies": 0})
    _, terminated, info = env.step([1] * 8)
    assert terminated
    assert ("episode_limit" in info) == continuing
    assert info.get("episode_limit", True) is True
    assert [env.get_stats()[name] for name in ("battles_game", "battles_draw", "timeouts")] == [1, 1, 1]


def test_the_win_rate_before_the_first_battle_is_zero():
    assert StarCraft2Env("8m").get_stats()["win_rate"] == 0.0
