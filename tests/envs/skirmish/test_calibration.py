"""The simulator against what is known of the real game (contract, sections 6.4 and 6.5), and the scripted ally."""

import numpy as np
import pytest

from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.policies import RandomPolicy, script_orders
from aiirmix.envs.skirmish.tools.calibrate import play_random, play_scripted


def test_random_play_on_8m_returns_what_it_returns_in_the_game():
    episodes = play_random(MAPS["8m"], 500)
    assert abs(episodes.returns.mean() - 1.77) < 0.1
    assert abs(episodes.returns.std() - 0.45) < 0.1
    assert not episodes.won.any()


def test_the_scripted_ally_loses_5m_vs_6m_as_fast_as_in_the_game():
    episodes = play_scripted(MAPS["5m_vs_6m"], 300)
    assert 19 <= episodes.lengths.mean() <= 21
    assert episodes.won.mean() < 0.03


def test_the_scripted_ally_wins_2s3z_mostly_and_3s5z_less_often():
    easy, hard = (play_scripted(MAPS[name], 300).won.mean() for name in ("2s3z", "3s5z"))
    assert easy > 0.7
    assert 0.3 < hard < 0.55


@pytest.mark.parametrize(
    ("map", "low", "high"),
    [("1c3s5z", 0.65, 0.9), ("10m_vs_11m", 0.04, 0.2), ("27m_vs_30m", 0, 0.02), ("3s5z_vs_3s6z", 0, 0.02)]
    + [(map, 0, 0.05) for map in ("MMM2", "3s_vs_5z", "corridor", "6h_vs_8z", "2s_vs_1sc")],
)
def test_the_scripted_ally_wins_about_as_often_as_in_the_game(map, low, high):
    assert low <= play_scripted(MAPS[map], 100).won.mean() <= high


def test_battles_of_a_fixed_policy_differ():
    for name in ("2s3z", "3s5z", "8m", "MMM"):
        env = Skirmish(name)
        env.reset(np.arange(20))
        while not env.world.battles["over"].all():
            script_orders(env.world.rules, env.world.battles, env.world.units)
            env.advance()
        left = env.world.units["health"] + env.world.units["shield"]
        assert len({tuple(points) for points in left}) >= 18


def test_the_random_policy_is_uniform_and_its_own_battles_business():
    avail = np.zeros((3000, 1, 6), np.bool_)
    avail[:, :, [1, 3, 4]] = True
    actions = np.zeros((3000, 1), np.int64)
    RandomPolicy(np.arange(3000))(avail, actions)
    counts = np.bincount(actions[:, 0], minlength=6)
    assert counts[[0, 2, 5]].sum() == 0
    assert (abs(counts[[1, 3, 4]] - 1000) < 100).all()
    alone = np.zeros((1, 1), np.int64)
    RandomPolicy(np.array([17]))(avail[:1], alone)
    assert alone[0, 0] == actions[17, 0]


def test_the_script_sticks_to_a_target_until_it_is_dead_and_then_takes_the_nearest():
    env = Skirmish("8m")
    env.reset(np.array([0]))
    units = env.world.units[0]
    chosen, switches = units["target"][:8].copy(), 0
    while not env.world.battles["over"][0]:
        dead = [target >= 0 and units["health"][target] <= 0 for target in chosen]
        script_orders(env.world.rules, env.world.battles, env.world.units)
        for i in np.flatnonzero(units["health"][:8] > 0):
            if chosen[i] < 0 or dead[i]:
                apart = np.hypot(units["x"] - units["x"][i], units["y"] - units["y"][i])
                apart[(units["health"] <= 0) | (np.arange(16) < 8)] = np.inf
                assert units["target"][i] == apart.argmin()
                switches += 1
            else:
                assert units["target"][i] == chosen[i]
        chosen = units["target"][:8].copy()
        env.advance()
    assert switches > 16


def test_the_scripted_medivac_heals_the_nearest_wounded_until_it_is_well():
    env = Skirmish("MMM")
    env.reset(np.array([0]))
    units = env.world.units[0]
    medivac = units[9]
    units["health"][[1, 5]] -= 10
    script_orders(env.world.rules, env.world.battles, env.world.units)
    apart = np.hypot(units["x"] - medivac["x"], units["y"] - medivac["y"])
    patient = 1 if apart[1] < apart[5] else 5
    assert medivac["target"] == patient
    units["health"][6 - patient] = 1.0
    script_orders(env.world.rules, env.world.battles, env.world.units)
    assert medivac["target"] == patient
    assert medivac["last_action"] == 6 + patient
    units["health"][patient] = units["health_max"][patient]
    script_orders(env.world.rules, env.world.battles, env.world.units)
    assert medivac["target"] == 6 - patient


def test_a_scripted_marauder_waits_for_the_medivac_that_was_nearest_to_die():
    env = Skirmish("MMM")
    env.reset(np.array([0]))
    units = env.world.units[0]
    units["x"][19], units["y"][19] = units["x"][0] + 1.0, units["y"][0]
    script_orders(env.world.rules, env.world.battles, env.world.units)
    assert units[0]["last_action"] == 6 + 9
    units["x"][10], units["y"][10] = units["x"][0] + 0.9, units["y"][0]
    script_orders(env.world.rules, env.world.battles, env.world.units)
    assert units[0]["last_action"] == 6 + 9
    units["health"][19] = 0.0
    script_orders(env.world.rules, env.world.battles, env.world.units)
    assert units[0]["last_action"] == 6
