"""Movement, weapons, healing and enemies against the game's data (docs/smac_contract.md §4, §5)."""

import numpy as np
import pytest

from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.state import MOVE, NOBODY
from tests.envs.skirmish.battle_setup import act, duel, random_battles

NORTH, SOUTH, EAST, WEST, FIRST = 2, 3, 4, 5, 6
AWAY = {"x": 29.0, "y": 9.0}
"""The place of an enemy out of sight that only keeps the battle from ending."""


def events(env, unit, field, steps, **actions):
    """Return the values of a unit's field after each of a number of steps."""
    values = []
    for _ in range(steps):
        act(env, **actions)
        values.append(env.world.units[0, unit][field].item())
    return values


@pytest.mark.parametrize(
    ("map", "agent", "cells"), [("8m", 0, 1.125), ("2s3z", 0, 1.47655), ("2s3z", 3, 1.125), ("MMM", 0, 1.125)]
)
@pytest.mark.parametrize(("direction", "sign"), [(NORTH, (0, 1)), (SOUTH, (0, -1)), (EAST, (1, 0)), (WEST, (-1, 0))])
def test_ground_units_move_at_their_speed(map, agent, cells, direction, sign):
    n = Skirmish(map).spec.n_agents
    env, units = duel(map, **{f"u{agent}": {"x": 12.0, "y": 16.0}, f"u{n}": AWAY})
    act(env, **{f"a{agent}": direction})
    moved = units[agent]["x"] - 12.0, units[agent]["y"] - 16.0
    np.testing.assert_allclose(moved, np.multiply(sign, cells), atol=1e-9)


def test_a_medivac_takes_time_to_reach_its_speed():
    env, _ = duel("MMM", u2={"x": 8.0, "y": 9.0}, u9={"x": 5.0, "y": 16.0}, u10=AWAY)
    places = [5.0, *events(env, 9, "x", 6, a9=EAST)]
    steps = np.diff(places)
    assert steps[0] < 0.4
    assert (np.diff(steps[:3]) > 0.1).all()
    np.testing.assert_allclose(steps[-1], 1.375)


def test_a_stopped_medivac_has_to_accelerate_again():
    env, units = duel("MMM", u2={"x": 8.0, "y": 9.0}, u9={"x": 5.0, "y": 16.0}, u10=AWAY)
    events(env, 9, "x", 4, a9=EAST)
    act(env)
    stopped = units[9]["x"].item()
    act(env, a9=EAST)
    assert units[9]["x"] - stopped < 0.4


def test_ground_units_keep_to_the_strip_and_air_units_to_the_playable_area():
    env, units = duel("MMM", u2={"x": 2.5, "y": 8.3}, u9={"x": 2.5, "y": 8.3}, u10=AWAY)
    for unit in (2, 9):
        units[unit]["order"], units[unit]["goal_x"], units[unit]["goal_y"] = MOVE, -40.0, -40.0
    for _ in range(10):
        env.advance()
    assert units[2]["x"] == units[9]["x"] == units[9]["y"] == 2.0
    assert 8.0 <= units[2]["y"] < 8.2


def damage(map, attacker, target, kind="health", apart=0.9):
    """Return the damage of an agent's first hit to an enemy's health or shield."""
    env, units = duel(map, **{f"u{attacker}": {"x": 10.0, "y": 16.0}, f"u{target}": {"x": 10.0 + apart, "y": 16.0}})
    units[target]["shield_delay"], units[target]["damage"] = 999.0, 0.0
    if kind == "health":
        units[target]["shield"] = units[target]["counted"] = 0.0
    before = units[target][kind].item()
    for _ in range(16):
        act(env, **{f"a{attacker}": FIRST + target - env.spec.n_agents})
        if units[target][kind] < before:
            return before - units[target][kind].item()
    raise AssertionError("no hit")


@pytest.mark.parametrize(
    ("map", "attacker", "target", "kind", "points"),
    [
        ("8m", 0, 8, "health", 6),  # marine on marine
        ("MMM", 2, 17, "health", 5),  # marine on marauder: armour 1
        ("MMM", 0, 10, "health", 10),  # marauder on marine: light
        ("MMM", 0, 17, "health", 19),  # marauder on marauder: bonus 10, armour 1
        ("MMM", 2, 19, "health", 5),  # marine on medivac
        ("2s3z", 0, 5, "health", 13),  # stalker on stalker: bonus 4, armour 1
        ("2s3z", 0, 5, "shield", 14),  # shields have no armour
        ("2s3z", 0, 7, "health", 9),  # stalker on zealot
        ("2s3z", 2, 7, "health", 14),  # both hits of a zealot within a step, armour each time
        ("2s3z", 2, 7, "shield", 16),
    ],
)
def test_hits_do_the_damage_of_the_data(map, attacker, target, kind, points):
    assert damage(map, attacker, target, kind) == points


def test_armour_reduces_only_the_damage_beyond_the_shield():
    target = {"x": 14.0, "y": 16.0, "shield": 4.0, "shield_delay": 999.0, "damage": 0.0}
    env, units = duel("2s3z", u0={"x": 10.0, "y": 16.0}, u5=target)
    while units[5]["health"] == 80.0:
        act(env, a0=FIRST)
    assert (units[5]["shield"], units[5]["health"]) == (0.0, 80.0 - (14 - 4 - 1))


def test_a_hit_does_at_least_half_a_point():
    env, units = duel("8m", u0={"x": 10.0, "y": 16.0}, u8={"x": 12.0, "y": 16.0, "armour": 50.0, "damage": 0.0})
    act(env, a0=FIRST)
    assert units[8]["health"] == 44.5


def test_a_marauder_that_is_ordered_to_attack_a_medivac_carries_on():
    medivac, marine = {"x": 12.0, "y": 16.0, "energy": 0.0}, {"x": 14.0, "y": 16.0, "damage": 0.0}
    env, units = duel("MMM", u0={"x": 10.0, "y": 16.0}, u10=marine, u19=medivac)
    for _ in range(2):
        act(env, a0=FIRST + 9)
    assert (units[0]["x"], units[10]["health"], units[19]["health"]) == (10.0, 45.0, 150.0)
    act(env, a0=EAST)
    act(env, a0=FIRST + 9)
    assert units[0]["x"] == pytest.approx(12.0)  # the goal of the order before
    act(env, a0=FIRST)
    for _ in range(6):
        act(env, a0=FIRST + 9)
    assert units[10]["health"] < 45.0 - 10
    assert units[19]["health"] == 150.0


def test_shots_follow_one_another_at_the_period_with_its_jitter():
    target = {"x": 12.0, "y": 16.0, "health": 1e6, "health_max": 1e6, "damage": 0.0}
    env, _ = duel("8m", u0={"x": 10.0, "y": 16.0}, u8=target)
    shots = (1e6 - events(env, 8, "health", 400, a0=FIRST)[-1]) / 6
    # Loops are whole, so a cooldown of 13.77 + U(-1, 2) loops takes its ceiling: 14.77 on average.
    assert abs(400 * 8 / shots - 14.77) < 0.3
    cooldowns = events(env, 0, "cooldown", 100, a0=FIRST)
    assert max(cooldowns) <= UNIT_TYPES["marine"].period + 2
    assert len({round(value % 1, 3) for value in cooldowns}) > 20


def test_a_stalkers_missile_takes_time_to_arrive():
    env, units = duel("2s3z", u0={"x": 10.0, "y": 16.0}, u5={"x": 16.0, "y": 16.0, "damage": 0.0})
    act(env, a0=FIRST)
    # Damage point 2.67 loops, then 6 cells at 1.17 cells per loop: the first step ends with the shot in flight.
    assert units[0]["shot_target"] == 5
    assert units[5]["shield"] == 80.0
    act(env, a0=1)
    assert units[0]["shot_target"] == NOBODY
    assert units[5]["shield"] == 66.0


def test_a_missile_outlives_its_shooter_so_that_both_sides_can_fall():
    env, units = duel("2s3z", u0={"x": 10.0, "y": 16.0}, u5={"x": 16.0, "y": 16.0, "damage": 0.0})
    act(env, a0=FIRST)
    units[0]["health"] = 0.0
    units[5]["shield"], units[5]["health"] = 0.0, 5.0
    _, outcome = env.advance()
    assert units[5]["health"] == 0.0
    assert outcome.terminated[0]
    assert not outcome.won[0]


def test_an_order_before_the_damage_point_cancels_the_shot_at_no_cost():
    env, units = duel("2s3z", u0={"x": 10.0, "y": 16.0}, u5={"x": 15.0, "y": 16.0, "damage": 0.0})
    act(env)
    units[0]["damage_point"] = 10.0
    env.advance(actions=np.array([[FIRST, 0, 0, 0, 0]]))
    assert units[0]["windup"] > 0
    assert units[0]["cooldown"] > 0
    act(env, a0=WEST)
    assert units[0]["windup"] < 0
    assert units[0]["cooldown"] == 0
    assert units[5]["shield"] == 80.0


def test_shields_come_back_ten_seconds_after_the_last_damage():
    env, units = duel("2s3z", u0={"x": 10.0, "y": 16.0}, u5={"x": 14.0, "y": 16.0, "damage": 0.0})
    act(env, a0=FIRST)
    act(env)
    loops = units[5]["shield_delay"].item()
    assert 150 <= loops < 160
    shields = events(env, 5, "shield", 22)
    assert shields[int(loops) // 8 - 1] == 66.0
    np.testing.assert_allclose(np.diff(shields[-2:]), 1.0)


def test_agents_units_never_act_by_themselves():
    env, units = duel("8m", u0={"x": 10.0, "y": 16.0}, u8={"x": 11.0, "y": 16.0, "damage": 0.0})
    for _ in range(10):
        act(env)
    assert units[8]["health"] == 45.0
    env, units = duel("MMM", u2={"x": 10.0, "y": 16.0, "health": 5.0}, u9={"x": 10.0, "y": 17.0}, u10=AWAY)
    for _ in range(5):
        act(env)
    assert units[2]["health"] == 5.0


def test_a_medivac_heals_at_its_rate_for_its_energy():
    env, units = duel("MMM", u2={"x": 10.0, "y": 16.0, "health": 5.0}, u9={"x": 10.0, "y": 17.0}, u10=AWAY)
    act(env, a9=FIRST + 2)
    assert units[2]["health"] == 5.0 + 4.5
    np.testing.assert_allclose(units[9]["energy"], 50 + 8 * 0.5625 / 16 - 4.5 * 0.33 + 1 * 0.5625 / 16, atol=0.04)
    units[9]["energy"] = 0.0
    act(env, a9=FIRST + 2)
    assert units[2]["health"] < 5.0 + 4.5 + 1.0


def test_healing_stops_at_full_health():
    env, units = duel("MMM", u2={"x": 10.0, "y": 16.0, "health": 44.0}, u9={"x": 10.0, "y": 17.0}, u10=AWAY)
    for _ in range(3):
        act(env, a9=FIRST + 2)
    assert units[2]["health"] == 45.0


def test_an_enemy_medivac_heals_by_itself():
    env, units = duel("MMM", u2=AWAY, u10={"x": 10.0, "y": 16.0, "health": 5.0}, u19={"x": 12.0, "y": 16.0})
    act(env)
    assert units[10]["health"] > 5.0 + 4.0


@pytest.mark.parametrize(
    ("nearer", "farther", "chosen"),
    [
        ({"health": 40.0}, {"health": 20.0}, 11),  # the lowest fraction of health first
        ({"health": 20.0}, {"health": 20.0}, 10),  # then the nearest
        ({"health": 45.0}, {"health": 44.0}, 11),
    ],
)
def test_an_enemy_medivac_heals_the_most_wounded_in_reach(nearer, farther, chosen):
    env, units = duel(
        "MMM", u2=AWAY, u10={"x": 13.0, "y": 16.0, **nearer}, u11={"x": 15.0, "y": 16.0, **farther},
        u12={"x": 22.0, "y": 16.0, "health": 1.0}, u19={"x": 12.0, "y": 16.0},
    )  # fmt: skip
    env.advance()
    assert units[19]["fired_at"] == chosen


def test_an_enemy_medivac_keeps_to_its_patient_until_it_is_healed():
    env, units = duel(
        "MMM",
        u2=AWAY,
        u10={"x": 13.0, "y": 16.0, "health": 40.0},
        u11={"x": 15.0, "y": 16.0},
        u19={"x": 12.0, "y": 16.0},
    )
    env.advance()
    units["health"][[10, 11]] = 40.0, 5.0
    env.advance()
    assert units[19]["target"] == 10
    assert units[10]["health"] == 44.5
    env.advance()
    assert units[19]["target"] == 11


def test_enemies_walk_to_where_the_agents_appeared_and_attack_those_they_meet():
    env = Skirmish("8m")
    env.reset(np.array([3]))
    units = env.world.units[0]
    before = units["x"][8:].mean()
    act(env)
    np.testing.assert_allclose(before - units["x"][8:].mean(), 1.125, atol=0.05)
    for _ in range(8):
        act(env)
    assert (units["target"][8:] != NOBODY).all()
    assert units["health"][:8].sum() < 8 * 45


def test_an_enemy_that_is_hit_from_afar_turns_on_the_shooter_and_calls_its_neighbours():
    place = {"x": 20.0, "y": 16.0}
    env, units = duel("2s3z", u0={"x": 12.0, "y": 16.0}, u7=place, u8={"x": 20.0, "y": 19.0}, u9={"x": 20.0, "y": 22.0})
    units[0]["range"] = 9.0
    env.advance(actions=np.array([[FIRST + 2, 0, 0, 0, 0]]))
    assert (units["target"][7:10] == NOBODY).all()
    env.advance()
    assert list(units["target"][7:10]) == [0, 0, NOBODY]


@pytest.mark.parametrize("map", ["2s3z", "3s5z", "8m", "MMM"])
def test_walkers_do_not_end_up_inside_one_another(map):
    worst = 1.0
    env = Skirmish(map)
    for _ in random_battles(env, np.arange(4)):
        for units in env.world.units:
            ground = units[(units["health"] > 0) & ~units["air"]]
            apart = np.hypot(*(ground[axis][:, None] - ground[axis] for axis in "xy"))
            reach = ground["body"][:, None] + ground["body"]
            np.fill_diagonal(apart, np.inf)
            worst = min(worst, (apart / reach).min())
    assert worst > 0.5


def test_a_unit_walks_around_a_wall_of_comrades():
    wall = {f"u{i}": {"x": 14.0, "y": 14.5 + 0.7 * i} for i in range(1, 6)}
    env, units = duel("8m", u0={"x": 12.0, "y": 16.6}, u8={"x": 22.0, "y": 16.6, "damage": 0.0}, **wall)
    for _ in range(12):
        env.advance(actions=np.array([[FIRST, 1, 1, 1, 1, 1, 0, 0]]))
    assert units[0]["x"] > 15.0
