"""The random policy, and SMAC's scripted ally (docs/smac_contract.md §8)."""

import numpy as np

from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.policies import RandomPolicy, script_orders


def test_battles_of_a_fixed_policy_differ():
    for name in ("2s3z", "3s5z", "8m", "MMM"):
        env = Skirmish(name)
        env.reset(np.arange(20))
        while not env.world.battles["over"].all():
            script_orders(env.world.rules, env.world.battles, env.world.units)
            env.advance()
        assert len({tuple(places) for places in env.world.units["x"]}) == 20


def test_the_random_policy_is_uniform_and_the_same_for_a_battle_alone():
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


def test_the_scripted_medivac_heals_the_nearest_wounded_until_it_is_healed():
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


def test_the_script_compares_in_single_precision_and_takes_the_first_of_equally_near_enemies():
    env = Skirmish("8m")
    env.reset(np.array([0]))
    units = env.world.units[0]
    units["x"][0], units["y"][0] = 10.0, 16.0
    units["x"][8:], units["y"][8:] = 25.0, 16.0
    units["x"][11], units["x"][13] = 14.0, 14.0 - 1e-9  # equal in single precision
    script_orders(env.world.rules, env.world.battles, env.world.units)
    assert units[0]["last_action"] == 6 + 3
    units["health"][11] = 0.0
    units["x"][9] = 14.0 - 1e-5
    script_orders(env.world.rules, env.world.battles, env.world.units)
    assert units[0]["last_action"] == 6 + 1


def test_a_dead_agent_reports_the_enemy_that_is_nearest_to_where_it_was_last_seen():
    env = Skirmish("8m")
    env.reset(np.array([0]))
    units = env.world.units[0]
    units["x"][8:], units["y"][8:] = np.arange(15.0, 23.0), 16.0
    units["x"][0], units["y"][0] = 14.0, 16.0
    script_orders(env.world.rules, env.world.battles, env.world.units)
    assert units[0]["last_action"] == 6
    units["x"][0], units["health"][0], units["health"][8] = 22.0, 0.0, 0.0
    script_orders(env.world.rules, env.world.battles, env.world.units)
    assert units[0]["last_action"] == 6 + 1


def test_a_scripted_medivac_without_patients_keeps_its_order():
    env = Skirmish("MMM")
    env.reset(np.array([0]))
    units = env.world.units[0]
    units["health"][3] -= 10
    script_orders(env.world.rules, env.world.battles, env.world.units)
    units["health"][3] = 45.0 - 1e-9  # healed in single precision
    script_orders(env.world.rules, env.world.battles, env.world.units)
    assert (units[9]["last_action"], units[9]["target"]) == (0, 3)
