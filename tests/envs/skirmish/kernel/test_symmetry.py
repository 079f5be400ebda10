"""No side of the field, and no sense of rotation, is preferred: a mirrored battle is the mirror image of the battle."""

import numpy as np
import pytest

from aiirmix.envs.contract.maps import find_map
from aiirmix.envs.contract.smacv2_flags import ScenarioFlags
from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.sc2_server.game import order_against
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.movement import HEADINGS
from aiirmix.envs.skirmish.rules.policies import script_orders
from aiirmix.envs.skirmish.world import World

MIDDLE = 16.0
AXES = {"x": ("x", "goal_x"), "y": ("y", "goal_y")}
BATTLES = 300


def mirror(units, axis):
    """Mirror the units about the middle of the map along the axis."""
    for name in AXES[axis]:
        units[name] = 2 * MIDDLE - units[name]
    units["side"] *= -1
    units["heading"] = np.where(units["heading"] > 0, HEADINGS - units["heading"], units["heading"])


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("name", ["8m", "2s3z", "3s5z", "MMM"])
def test_a_mirrored_battle_is_the_mirror_image(name, axis):
    env, mirrored = Skirmish(name), Skirmish(name)
    env.reset(np.arange(10))
    mirrored.reset(np.arange(10))
    mirror(mirrored.world.units, axis)
    for _ in range(14):
        for one in (env, mirrored):
            script_orders(one.world.rules, one.world.battles, one.world.units)
            one.advance()
        image = mirrored.world.units.copy()
        mirror(image, axis)
        for field in ("x", "y", "health", "shield", "target"):
            np.testing.assert_allclose(image[field], env.world.units[field], rtol=0, atol=1e-6)


def test_on_an_open_field_scripted_battles_that_are_mirrored_are_won_as_often():
    won = []
    for axis in (None, "x", "y"):
        env = Skirmish("2s3z")
        env.reset(np.arange(BATTLES))
        if axis:
            mirror(env.world.units, axis)
        won.append(np.zeros(BATTLES, np.bool_))
        while not (over := env.world.battles["over"].copy()).all():
            script_orders(env.world.rules, env.world.battles, env.world.units)
            _, outcome = env.advance()
            won[-1][~over] = outcome.won[~over]
    # Differences of two win rates have a standard error of at most 0.041; the battles are paired besides.
    rates = [wins.mean() for wins in won]
    assert max(rates) - min(rates) < 0.12


def nearest(units, own, others):
    """Return the nearest living unit of `others` to each of `own`. [B, own], indices of units."""
    x, y = (units[axis][:, own, None] - units[axis][:, None, others] for axis in "xy")
    apart = np.where(units["health"][:, None, others] > 0.0, np.hypot(x, y), np.inf)
    return others[apart.argmin(axis=2)]


def order_both_sides(units, targets):
    """Give the units of both sides the script's orders: attack the nearest opponent until it is dead."""
    half = units.shape[1] // 2
    sides = np.arange(half), np.arange(half, 2 * half)
    found = np.concatenate([nearest(units, *sides), nearest(units, *sides[::-1])], axis=1)
    dead = np.take_along_axis(units["health"], np.maximum(targets, 0), axis=1) <= 0.0
    for b, i in zip(*np.nonzero((targets < 0) | dead), strict=True):
        targets[b, i] = found[b, i]
        order_against(units[b], i, targets[b, i])


@pytest.mark.parametrize("name", ["3m", "8m", "2s3z", "3s5z"])
def test_equal_armies_in_mirrored_places_with_the_same_policy_have_even_chances(name):
    world, half = World(find_map(name), ScenarioFlags()), len(find_map(name).agent_types)
    spec = world.describe(name)
    world.start(np.arange(BATTLES), Frame.zeros(spec, BATTLES))
    units = world.units
    units[:, half:] = units[:, :half]
    units["turn"] = np.arange(2 * half)
    units["x"][:, half:] = 2 * MIDDLE - units["x"][:, half:]
    for axis in "xy":
        units[axis] += np.random.default_rng(0).uniform(-0.1, 0.1, units.shape)
    buffers, targets = (Frame.zeros(spec, BATTLES), Outcome.zeros(BATTLES)), np.full(units.shape, -1)
    for _ in range(80):
        order_both_sides(units, targets)
        world.advance(*buffers)
    alive = units["health"] > 0.0
    ahead = alive[:, :half].any(axis=1).astype(int) - alive[:, half:].any(axis=1)
    assert (ahead != 0).mean() > 0.9
    # The standard error of the mean of ±1 is at most 0.058.
    assert abs(ahead.mean()) < 0.2
