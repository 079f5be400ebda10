"""Weapons that only some maps have: beams, explosions, claws, tentacles (docs/smac_contract.md §5)."""

import numpy as np
import pytest

from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.state import NOBODY
from tests.envs.skirmish.battle_setup import act, duel

FIRST = 6
HARMLESS = {"damage": 0.0}


def loops(env, unit, field, count, actions=None):
    """Return the values of a unit's field after each of a number of loops; orders are given in the first alone."""
    env.world.rules["step_mul"] = 1
    values = []
    for _ in range(count):
        env.advance(actions=actions)
        actions = None
        values.append(env.world.units[0, unit][field].item())
    return values


def swept(*places, **colossus):
    """Return the damage to zerglings at these places from a colossus at (10, 16) that shoots at one at (15, 16)."""
    others = {f"u{3 + k}": {"x": x, "y": y, **HARMLESS} for k, (x, y) in enumerate(places)}
    target = {"x": 15.0, "y": 16.0, "health": 300.0, "health_max": 300.0, **HARMLESS}
    env, units = duel("2c_vs_64zg", u0={"x": 10.0, "y": 16.0, **colossus}, u2=target, **others)
    env.world.rules["agents_are_goal"] = False
    units["speed"][2:] = units["health_regeneration"][2:] = 0.0
    units["health"][3 : 3 + len(places)] = units["health_max"][3 : 3 + len(places)] = 300.0
    for _ in range(3):
        act(env, a0=FIRST)
    return [300.0 - health for health in units["health"][2 : 3 + len(places)]]


def test_each_beam_hits_the_target_and_every_unit_on_the_line_across_it_once():
    # The line goes from (15, 14.75) to (15, 17.25). Bodies have a radius of 0.375, points reach 0.15 further.
    assert swept((15.0, 17.7), (15.0, 15.2), (15.0, 17.8), (15.5, 16.5), (15.6, 16.5)) == [40.0, 40.0, 40.0, 0, 40.0, 0]


def test_armour_counts_against_each_beam():
    env, units = duel("1c3s5z", u0={"x": 10.0, "y": 16.0}, u10={"x": 14.0, "y": 16.0, "shield": 0.0, **HARMLESS})
    units["shield_delay"] = 999.0
    for _ in range(3):
        act(env, a0=FIRST + 1)
    assert units[10]["health"] == 80.0 - 2 * (20 - 1)


def test_beams_hit_after_their_delay():
    env, _ = duel("2c_vs_64zg", u0={"x": 10.0, "y": 16.0}, u2={"x": 15.0, "y": 16.0, "speed": 0.0, **HARMLESS})
    # Damage point 1.3312 loops: the shot leaves in the third loop, and both beams meet 6 loops after that one's begin.
    healths = loops(env, 2, "health", 9, np.array([[FIRST, 0]]))
    assert [health > 34.0 for health in healths] == [True] * 7 + [False] * 2
    assert healths[-1] == 0.0


def test_a_sweep_goes_on_when_its_target_has_died():
    others = {"u3": {"x": 15.0, "y": 17.0, "speed": 0.0, "health": 300.0, "health_max": 300.0, **HARMLESS}}
    target = {"x": 15.0, "y": 16.0, "speed": 0.0, **HARMLESS}
    env, units = duel("2c_vs_64zg", u0={"x": 10.0, "y": 16.0}, u2=target, **others)
    loops(env, 2, "health", 4, np.array([[FIRST, 0]]))
    units[2]["health"] = 0.0
    loops(env, 3, "health", 12)
    assert 260.0 <= units[3]["health"] < 261.0


@pytest.mark.parametrize(
    ("map", "enemy", "points"),
    [
        ("so_many_baneling", 7, 34.0),  # baneling on zealot, which is light: 20 + 15 - 1
        ("2s_vs_1sc", 2, 29.0),  # spine crawler on stalker, which is armoured: 25 + 5 - 1
        ("corridor", 6, 4.0),  # zergling on zealot: 5 - 1
    ],
)
def test_zerg_enemies_do_the_damage_of_the_data(map, enemy, points):
    agent = {"x": 14.0, "y": 15.0, "shield": 0.0, "shield_delay": 999.0}
    env, units = duel(map, u0=agent, **{f"u{enemy}": {"x": 14.0, "y": 16.2}})
    before = units[0]["health"].item()
    env.world.rules["step_mul"] = 1
    while units[0]["health"] == before:
        env.advance()
    assert before - units[0]["health"] == points


def test_a_baneling_explodes_on_contact_and_hits_all_opponents_nearby():
    others = {"u4": {"x": 12.5, "y": 15.0}, "u5": {"x": 14.5, "y": 15.0}, "u30": {"x": 12.0, "y": 16.0}}
    env, units = duel(
        "bane_vs_bane", u0={"x": 12.0, "y": 15.0}, **others, u31={"x": 12.0, "y": 18.0}, u32={"x": 20, "y": 15}
    )
    units["speed"] = units["damage"][4:] = 0.0
    env.advance(actions=np.array([[FIRST + 6] + [0] * 23]))
    # From (12, 15) a splash of 2.2 reaches bodies of radius 0.375 up to 2.575 cells away.
    assert units[0]["health"] == units[30]["health"] == 0.0
    assert units[4]["health"] == units[5]["health"] == units[31]["health"] == 35.0


def test_a_baneling_that_is_killed_explodes_too_and_sets_off_others():
    env, units = duel(
        "bane_vs_bane", u4={"x": 12.0, "y": 15.0}, u24={"x": 20, "y": 15}, u0={"x": 15.0, "y": 15.0, "health": 15.0}
    )
    banes = [k for k in range(24, 48) if units[k]["splash"] > 0]
    for k, x, health in zip(banes, (12.5, 14.5), (30.0, 15.0), strict=False):
        units[k]["health"], units[k]["x"], units[k]["y"] = health, x, 15.0
    units["speed"] = 0.0
    units[banes]["damage"], units[4]["damage"] = 20.0, 100.0
    units["damage_point"][banes] = 1e6
    env.advance(actions=np.array([[0] * 4 + [FIRST + banes[0] - 24] + [0] * 19]))
    env.advance()
    # The zergling kills a baneling, which takes along the zergling and, 2.5 cells away, a wounded baneling of its side
    # (20 points; it is not light), whose explosion kills another wounded one.
    assert units[4]["health"] == 0.0
    assert (units["health"][[0, *banes[:2]]] == 0.0).all()


def test_an_explosion_does_80_to_structures_and_spares_its_own_side_and_those_in_the_air():
    enemy = {"x": 12.0, "y": 15.5, "structure": True, "health": 500.0, "health_max": 500.0, "armour": 1.0, **HARMLESS}
    env, units = duel(
        "bane_vs_bane", u0={"x": 12.0, "y": 15.0}, u4={"x": 12.5, "y": 15.0}, u30=enemy,
        u31={"x": 12.0, "y": 16.5, "air": True, **HARMLESS},
    )  # fmt: skip
    units["speed"] = 0.0
    env.advance(actions=np.array([[FIRST + 6] + [0] * 23]))
    assert units[4]["health"] == units[31]["health"] == 35.0
    np.testing.assert_allclose(500.0 - units[30]["health"], 80.0, atol=0.2)


def test_hydralisks_shoot_at_distant_targets_and_claw_near_ones():
    far = duel("6h_vs_8z", u0={"x": 11.0, "y": 12.0}, u6={"x": 16.0, "y": 12.0, "speed": 0.0, **HARMLESS})
    near = duel("6h_vs_8z", u0={"x": 11.0, "y": 12.0}, u6={"x": 12.5, "y": 12.0, "speed": 0.0, **HARMLESS})
    fired = []
    for env, units in (far, near):
        shields = loops(env, 6, "shield", 8, np.array([[FIRST, 0, 0, 0, 0, 0]]))
        fired.append(next(k for k, shield in enumerate(shields, 1) if shield < 50.0))
        assert units[6]["shield"] == 50.0 - 12.0
        assert units[0]["shot_target"] == NOBODY
    # Damage points 3.328 and 4.8 loops; from afar the missile needs 5 cells / 2.5 cells per loop more.
    assert fired == [1 + 4 + 1, 1 + 5]


def test_zerg_units_regenerate():
    env, units = duel("6h_vs_8z", u0={"x": 11.0, "y": 12.0, "health": 40.0}, u6={"x": 16.0, "y": 17.0, **HARMLESS})
    act(env)
    np.testing.assert_allclose(units[0]["health"], 40.0 + 0.2734 / 2)


def test_a_spine_crawler_stays_and_reaches_seven_cells_beyond_both_bodies():
    for apart, hits in ((8.4, True), (8.6, False)):
        env, units = duel("2s_vs_1sc", u0={"x": 13.92, "y": 20.04 - apart}, u2={})
        for _ in range(3):
            env.advance()
        assert (units[0]["shield"] < 80.0) == hits
        assert (units[2]["x"], units[2]["y"]) == (13.92, 20.04)


@pytest.mark.parametrize("apart", [2.0, 3.0, 4.4, 4.6, 6.0, 8.4])
def test_a_tentacle_flies_as_its_two_movers_say(apart):
    env, units = duel("2s_vs_1sc", u0={"x": 13.92, "y": 20.04 - apart}, u2={})
    units["shield_delay"] = 999.0
    shields = loops(env, 0, "shield", 60)
    fired = 1 + np.ceil(0.3332 * 16)  # the shot leaves in the loop in which the damage point has passed
    # Bodies have radii of 0.625 and 0.875. In data seconds: from 12 cells/s with 140 cells/s² beyond a range of 3.
    seconds = (np.sqrt(12**2 + 2 * 140 * apart) - 12) / 140
    if apart - 1.5 <= 3:
        # Thrown for 0.3 s along (1, 0.6), from 1 cell/s with 10 cells/s²; then straight, from 4 cells/s.
        thrown = (1 * 0.3 + 10 * 0.3**2 / 2) / np.hypot(1, 0.6)
        seconds = 0.3 + (np.sqrt(4**2 + 2 * 140 * np.hypot(apart - thrown, 0.6 * thrown)) - 4) / 140
    assert next(k for k, shield in enumerate(shields, 1) if shield < 80.0) == fired + np.ceil(16 * seconds) - 1


def test_a_hydralisk_has_no_claws_on_flyers():
    flyer = {"x": 12.5, "y": 12.0, "speed": 0.0, "air": True, **HARMLESS}
    env, _ = duel("6h_vs_8z", u0={"x": 11.0, "y": 12.0}, u6=flyer)
    # The missile leaves and arrives in the fifth loop; claws would hit in the sixth.
    assert loops(env, 6, "shield", 5, np.array([[FIRST, 0, 0, 0, 0, 0]]))[-1] < 50.0


def test_colossi_walk_over_cliffs_and_zerglings_over_ramps():
    env, units = duel("2c_vs_64zg", u0={"x": 16.0, "y": 15.0}, u2={"x": 16.0, "y": 9.0, "speed": 0.0, **HARMLESS})
    units[0]["range"] = 0.1
    lowest = 15.0
    for _ in range(6):
        act(env, a0=FIRST)
        lowest = min(lowest, units[0]["y"].item())
        units[2]["health"] = 35.0
    assert lowest < 12.0
    env, units = duel("2c_vs_64zg", u0={"x": 16.0, "y": 15.0}, u2={"x": 16.0, "y": 9.0, **HARMLESS})
    way = [(units[2]["x"].item(), units[2]["y"].item())]
    for _ in range(24):
        act(env)
        way.append((units[2]["x"].item(), units[2]["y"].item()))
    assert min(abs(x - 16) for x, y in way if 12 <= y < 14) >= 11.0
    assert np.hypot(way[-1][0] - 16.0, way[-1][1] - 15.0) < 2.0


def test_colossi_and_others_walk_through_one_another():
    env, units = duel("1c3s5z", u0={"x": 10.0, "y": 16.0}, u4={"x": 11.5, "y": 16.0}, u9={"x": 29.0, "y": 9.0})
    for _ in range(3):
        act(env, a0=4)
    assert units[0]["y"] == 16.0
    assert units[0]["x"] > 12.5


def test_enemies_of_2m_vs_1z_go_to_a_random_point_between_the_marines():
    env = Skirmish("2m_vs_1z")
    env.reset(np.arange(200))
    goals = env.world.units["goal_x"][:, 2]
    assert (env.world.units["goal_y"][:, 2] == 12.0).all()
    assert 13.0 <= goals.min() < 13.3
    assert 18.7 < goals.max() <= 19.0


def test_enemies_of_2c_vs_64zg_go_for_the_agents_from_the_start():
    env = Skirmish("2c_vs_64zg")
    env.reset(np.array([0]))
    assert (env.world.units["target"][0, 2:] >= 0).all()
