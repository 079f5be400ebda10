"""The enemies of SMACv2's map: twice per second those without an order are told to attack the nearest agent."""

import numpy as np
import pytest

from aiirmix.envs.skirmish.kernel.state import NOBODY
from tests.envs.skirmish.scenes import arranged, scene

STOP, EAST = 1, 4


def play(env, steps=1, **actions):
    """Play steps in which the named agents take an action (``a0=4``) and the others stop."""
    for _ in range(steps):
        chosen = np.full((1, env.spec.n_agents), STOP)
        for name, action in actions.items():
            chosen[0, int(name[1:])] = action
        env.step(np.where(env.world.units["health"][:, : env.spec.n_agents] > 0, chosen, 0))
    return env.world.units[0]


def test_an_enemy_goes_for_the_agent_that_was_nearest_and_keeps_to_it():
    """The zealot at (20, 16) goes for (8, 16), not for (8, 22), and keeps to it when the other comes nearer."""
    env = arranged(
        scene("protoss_5_vs_5"),
        {0: ("stalker", 8, 16), 1: ("stalker", 8, 22, {"health": 1000.0}), 5: ("zealot", 20, 16)},
    )
    units = play(env)
    assert units[5]["target"] == 0
    units[1]["x"], units[1]["y"] = 17.0, 16.0
    units = play(env, 3)
    assert units[5]["target"] == 0


def test_after_its_targets_death_it_takes_the_nearest_within_a_step():
    env = arranged(
        scene("protoss_5_vs_5"),
        {0: ("stalker", 6, 16), 1: ("stalker", 6, 28), 2: ("stalker", 28, 30), 5: ("zealot", 18, 16)},
    )
    assert play(env)[5]["target"] == 0
    env.world.units[0][0]["health"] = 0.0
    assert play(env)[5]["target"] in (1, 2)


@pytest.mark.parametrize("clock", range(8))
def test_the_order_comes_every_eight_loops_from_a_random_start(clock):
    env = arranged(scene("protoss_5_vs_5", step_mul=1), {0: ("stalker", 4, 16), 5: ("zealot", 28, 16)})
    env.world.battles["clock"] = clock
    waited = 0
    while env.world.units[0][5]["target"] == NOBODY:
        assert env.world.units[0][5]["x"] == 28, "without an order it stays where it is"
        play(env)
        waited += 1
    assert waited == 1 + (8 - clock) % 8


def test_starts_of_the_clock_are_uniform():
    env = scene("terran_5_vs_5")
    env.reset(np.arange(8000))
    counts = np.bincount((env.world.battles["clock"] - 1) % 8, minlength=8)
    assert ((counts - 1000) ** 2 / 1000).sum() < 24.3  # chi-squared, 7 degrees of freedom


def test_an_enemy_is_not_sent_after_an_agent_that_it_cannot_hit():
    """A marauder's weapon hits ground units only."""
    env = arranged(scene("terran_5_vs_5"), {0: ("marine", 4, 16), 4: ("medivac", 24, 16), 5: ("marauder", 28, 16)})
    assert play(env)[5]["target"] == 0


def test_an_enemy_healer_follows_the_agents_and_heals_on_the_way():
    env = arranged(
        scene("terran_5_vs_5"), {0: ("marine", 6, 16, {"health": 1e6}), 5: ("medivac", 28, 16), 6: ("marine", 20, 16)}
    )
    units = play(env, 4)
    assert units[5]["x"] < 26
    units[6]["x"], units[6]["y"], units[6]["health"] = units[5]["x"], 16.0, 20.0
    units = play(env)
    assert units[6]["health"] > 20
    assert units[5]["healed"] > 0


def test_an_enemy_healer_may_be_made_to_stay():
    env = arranged(
        scene("terran_5_vs_5"), {0: ("marine", 6, 16), 5: ("medivac", 28, 16, {"goal_x": 28.0, "goal_y": 16.0})}
    )
    env.world.rules["healers_follow"] = False
    assert play(env, 4)[5]["x"] == 28


def test_random_battles_of_every_scenario_are_fought():
    """Nobody waits at a spawn point: in ten seconds somebody has been hurt in nearly every battle."""
    for map in ("terran_10_vs_10", "protoss_10_vs_10", "zerg_10_vs_10"):
        env = scene(map)
        env.reset(np.arange(40))
        for _ in range(20):
            env.step(np.ones((40, 10), np.int64))
        hurt = (env.world.units["health"] + env.world.units["shield"])[:, :10]
        full = (env.world.units["health_max"] + env.world.units["shield_max"])[:, :10]
        assert (hurt < full).any(1).mean() > 0.9
