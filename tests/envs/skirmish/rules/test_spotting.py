"""Who sees an enemy that another agent has seen first, SMACv2's mistake in it, and cones."""

import numpy as np
import pytest

from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.policies import RandomPolicy
from tests.envs.skirmish.battle_setup import look
from tests.envs.skirmish.scenes import arranged, scene, shown

ROW = 8
"""Features of an enemy in terran and zerg scenarios."""


def visible(seen, agent, enemies=5):
    """Return which enemies the agent observes, as a list of their numbers."""
    rows = seen.obs[agent, 4 : 4 + ROW * enemies].reshape(enemies, ROW)
    return np.flatnonzero(rows.any(1)).tolist()


CROWD = {
    **{i: ("marine", 10, 14 + i) for i in range(5)},
    **{5 + e: ("marauder", 12, 14 + e) for e in range(5)},
}


def test_everybody_sees_what_is_in_sight_by_default():
    seen = shown(scene("terran_5_vs_5"), CROWD)
    assert [visible(seen, i) for i in range(5)] == [[0, 1, 2, 3, 4]] * 5


def test_with_probability_0_only_the_first_to_see_an_enemy_ever_sees_it():
    env = arranged(scene("terran_5_vs_5", prob_obs_enemy=0.0), CROWD)
    env.world.units[0]["spotter"], env.world.units[0]["shown"] = -1, 0
    first = look(env)
    views = [visible(first, i) for i in range(5)]
    assert sorted(enemy for view in views for enemy in view) == [0, 1, 2, 3, 4], "each is seen by one agent"
    again = look(env)
    assert [visible(again, i) for i in range(5)] == views
    assert first.avail[:, 6:].all(), "all may shoot at it"


def test_when_the_first_to_see_it_dies_another_takes_over():
    env = arranged(scene("terran_5_vs_5", prob_obs_enemy=0.0), CROWD)
    env.world.units[0]["spotter"], env.world.units[0]["shown"] = -1, 0
    before = [visible(look(env), i) for i in range(5)]
    dead = next(i for i in range(5) if before[i])
    env.world.units[0][dead]["health"] = 0.0
    after = [visible(look(env), i) for i in range(5)]
    assert after[dead] == []
    assert sorted(enemy for view in after for enemy in view) == [0, 1, 2, 3, 4]


def test_permissions_are_drawn_with_their_probability():
    env = scene("terran_5_vs_5", prob_obs_enemy=0.25)
    counts = []
    for _ in range(400):
        arranged(env, CROWD)
        env.world.units[0]["spotter"], env.world.units[0]["shown"] = -1, 0
        seen = look(env)
        counts.append(sum(len(visible(seen, i)) for i in range(5)))
    # Of 25 pairs, 5 are the first to see; the other 20 have a chance of 1/4 each.
    assert np.mean(counts) == pytest.approx(10, abs=4 * np.sqrt(20 * 0.25 * 0.75 / 400))


MARINES = {0: ("marine", 10, 16), 1: ("marine", 10, 17)}


@pytest.mark.parametrize(
    ("enemies", "seen_by_both"), [({5: (15, 16), 6: (28, 16)}, []), ({5: (28, 16), 6: (15, 16)}, [1])]
)
def test_smacv2s_mistake_blanks_the_enemies_before_one_that_nobody_has_seen(enemies, seen_by_both):
    env = arranged(
        scene("terran_5_vs_5", obs_blanking=True),
        {**MARINES, **{number: ("marauder", *place) for number, place in enemies.items()}},
    )
    # Enemies 2 to 4 are corpses in sight, which SMACv2 spots at the next look.
    for e in range(7, 10):
        env.world.units[0][e]["x"], env.world.units[0][e]["y"] = 10.0, 16.0
    env.world.units[0]["spotter"], env.world.units[0]["shown"] = -1, 0
    seen = look(env)
    assert (visible(seen, 0), visible(seen, 1)) == (seen_by_both, seen_by_both)


def test_fully_observable_shows_all_at_any_distance():
    cast = {0: ("marine", 2, 2), 1: ("marine", 30, 2), 5: ("marine", 30, 30)}
    seen = shown(scene("terran_5_vs_5", fully_observable=True), cast)
    assert seen.obs[0, 4:8].tolist() == pytest.approx([0, 28 * 2**0.5 / 9, 28 / 9, 28 / 9])
    assert visible(shown(scene("terran_5_vs_5"), cast), 0) == []


@pytest.mark.parametrize(("gaze", "sees"), [(0, [0]), (3, [1]), (6, [2]), (9, [3]), (1, []), (11, [])])
def test_a_cone_shows_what_lies_ahead(gaze, sees):
    """Twelve directions, counter-clockwise from the east; a cone is 30 degrees wide."""
    around = {5: (13, 16.5), 6: (10.5, 19), 7: (7, 16), 8: (10, 13)}
    cast = {0: ("marine", 10, 16, {"gaze": gaze}), **{e: ("marauder", *place) for e, place in around.items()}}
    seen = shown(scene("terran_5_vs_5", conic_fov=True), cast)
    assert visible(seen, 0) == sees
    assert np.flatnonzero(seen.avail[0, 18:]).tolist() == sees
    assert seen.avail[0, 6:18].all(), "it may turn anywhere"


def test_turning_is_an_action_that_changes_no_order():
    env = arranged(scene("terran_5_vs_5", conic_fov=True), {0: ("marine", 10, 16), 5: ("marauder", 30, 30)})
    env.world.rules["enemies_hunt"] = False
    east, turn_north, stop = 4, 6 + 3, 1
    actions = np.array([[east, 0, 0, 0, 0]])
    env.step(actions)
    x = float(env.world.units[0][0]["x"])
    assert x > 10.5
    frame, _ = env.step(np.array([[turn_north, 0, 0, 0, 0]]))
    assert env.world.units[0][0]["x"] > x + 0.5, "it walks on"
    assert frame.obs[0, 0, -5:-3].tolist() == pytest.approx([0, 1], abs=1e-6)
    assert frame.state[0, 4:6].tolist() == pytest.approx([0, 1], abs=1e-6)
    before = float(env.world.units[0][0]["x"])
    env.step(np.array([[stop, 0, 0, 0, 0]]))
    assert env.world.units[0][0]["x"] == before


def test_without_the_mask_a_target_out_of_reach_may_be_chosen_and_changes_no_order():
    env = arranged(scene("terran_5_vs_5", action_mask=False), {0: ("marine", 10, 16), 5: ("marauder", 24, 16)})
    env.world.rules["enemies_hunt"] = False
    seen = look(env)
    assert seen.avail[0, 6]
    assert not seen.avail[0, 7], "the dead are no targets"
    west, attack = 5, 6
    env.step(np.array([[west, 0, 0, 0, 0]]))
    x = float(env.world.units[0][0]["x"])
    env.step(np.array([[attack, 0, 0, 0, 0]]))
    assert env.world.units[0][0]["x"] < x, "it walks on to the west"


@pytest.mark.parametrize("flags", [{"prob_obs_enemy": 0.5}, {"obs_blanking": True}, {"fully_observable": True}])
def test_what_is_observed_changes_no_battle(flags):
    plain, other = Skirmish("terran_5_vs_5"), Skirmish("terran_5_vs_5", **flags)
    seeds = np.arange(8)
    frame, same = plain.reset(seeds), other.reset(seeds)
    policy, actions = RandomPolicy(seeds), np.zeros((8, 5), np.int64)
    for _ in range(25):
        np.testing.assert_array_equal(frame.state, same.state)
        policy(frame.avail, actions)
        (frame, _), (same, _) = plain.step(actions), other.step(actions)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"prob_obs_enemy": 1.5}, "prob_obs_enemy must be from 0 to 1, not 1.5"),
        ({"conic_fov": True, "num_fov_actions": 1}, "num_fov_actions must be at least 2, not 1"),
        ({"obs_starcraft": False}, "obs_starcraft=false needs obs_timestep_number=true: agents would observe nothing"),
    ],
)
def test_impossible_flags_are_refused(flags, message):
    with pytest.raises(ValueError, match=message):
        scene("terran_5_vs_5", **flags)


def test_flags_of_smacv2_work_on_smacs_maps():
    env = scene("8m", obs_own_pos=True, use_unit_ranges=True, conic_fov=True)
    plain = scene("8m")
    assert env.spec.n_actions == plain.spec.n_actions + 12
    assert env.spec.obs_dim == plain.spec.obs_dim + 4
    assert env.world.units[0]["reach"].tolist() == [5.0] * 16
    assert plain.world.units[0]["reach"].tolist() == [6.0] * 16
