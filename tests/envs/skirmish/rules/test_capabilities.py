"""Hit probabilities, levels of health and masks of enemies: how they are drawn, what they do, numbers by hand."""

import numpy as np
import pytest

from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.state import ATTACK, HEAL
from aiirmix.envs.skirmish.views.smac import StarCraft2Env
from tests.envs.skirmish.battle_setup import look, random_battles
from tests.envs.skirmish.rules.test_smacv2 import hidden_from
from tests.envs.skirmish.scenes import arranged, scene, shown

SEEDS = np.arange(2000)
STOP, WEST, ATTACK_FIRST = 1, 5, 6


def begun(map="terran_5_vs_5", **flags):
    """Return an environment with many battles just begun."""
    env = Skirmish(map, check_actions=False, **flags)
    env.reset(SEEDS)
    return env


@pytest.mark.parametrize(("flag", "field"), [("attack", "accuracy"), ("health", "death_level")])
def test_numbers_are_uniform_between_their_bounds(flag, field):
    drawn = begun(**{flag: (0.2, 0.6)}).world.units[:, :5][field]
    assert ((drawn >= 0.2) & (drawn <= 0.6)).all()
    counts = np.histogram(drawn, 4, (0.2, 0.6))[0]
    assert ((counts - 2500) ** 2 / 2500).sum() < 16.27  # chi-squared of 3 degrees of freedom, one in a thousand
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1]) < 0.1, "each agent has its own"


def test_pairs_are_masked_with_their_probability_and_independently():
    hidden = begun(enemy_mask=0.3).world.units[:, 5:]["hidden"].astype(np.uint64)
    pairs = (hidden[..., None] >> np.arange(5, dtype=np.uint64)) & np.uint64(1)
    counts = np.bincount(pairs.reshape(-1, 25).sum(1).astype(int), minlength=26)
    assert counts @ np.arange(26) / pairs.size == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / pairs.size))
    mean = counts @ np.arange(26) / len(SEEDS)
    assert counts @ (np.arange(26) - mean) ** 2 / len(SEEDS) == pytest.approx(25 * 0.21, rel=0.15)


def test_they_depend_on_the_seed_alone():
    env = Skirmish("protoss_10_vs_11", attack=(0, 1), health=(0, 0.5), enemy_mask=0.5)
    fields = ["accuracy", "death_level", "hidden"]
    env.reset(np.array([5, 6]))
    first = env.world.units[fields].copy()
    env.reset(np.array([9, 6, 5]))
    assert (env.world.units[fields][[2, 1]] == first).all()
    assert (env.world.units[fields][0] != first[0]).any()


@pytest.mark.parametrize("flags", [{"attack": (1, 1)}, {"health": (0, 0)}, {"enemy_mask": 1.0}])
def test_where_they_change_nothing_battles_are_the_same(flags):
    plain, other = Skirmish("terran_5_vs_5"), Skirmish("terran_5_vs_5", **flags)
    seeds = np.arange(4)
    other.reset(seeds)
    for actions, _, outcome in random_battles(plain, seeds):
        running = ~other.world.battles["over"]
        _, same = other.step(actions)
        np.testing.assert_array_equal(same.reward[running], outcome.reward[running])
    for name in ("x", "y", "health", "shield"):
        np.testing.assert_array_equal(plain.world.units[name], other.world.units[name])


def test_an_order_is_sent_with_the_agents_probability():
    """A marine and a medivac choose a target in each of 2000 battles; the marine is ordered to 0.3 of the time."""
    env = begun(attack=(0.3, 0.3))
    units = env.world.units
    env.world.rules["enemies_hunt"] = False
    for number, kind, x in ((0, 0, 10.0), (4, 2, 12.0), (5, 1, 13.0)):
        fresh = env.world.roster.units[kind]
        for name in fresh.dtype.names:
            units[name][:, number] = fresh[name]
        units["x"][:, number], units["y"][:, number] = x, 16.0
        units["accuracy"][:, number], units["hostile"][:, number] = 0.3, number >= 5
    for number in (1, 2, 3, 6, 7, 8, 9):
        units["health"][:, number] = 0.0
    env.step(np.tile([ATTACK_FIRST, 0, 0, 0, ATTACK_FIRST], (len(SEEDS), 1)))
    for number, order in ((0, ATTACK), (4, HEAL)):
        sent = (units["order"][:, number] == order).mean()
        assert sent == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / len(SEEDS)))


def test_an_agent_that_fails_to_send_an_order_keeps_the_one_it_has():
    env = arranged(scene("terran_5_vs_5", attack=(0, 0)), {0: ("marine", 10, 16), 5: ("marauder", 13, 16)})
    env.world.rules["enemies_hunt"] = False
    env.step(np.array([[WEST, 0, 0, 0, 0]]))
    x = float(env.world.units[0][0]["x"])
    frame, _ = env.step(np.array([[ATTACK_FIRST, 0, 0, 0, 0]]))
    assert env.world.units[0][0]["x"] < x, "it walks on to the west"
    assert frame.state[0, -55 + ATTACK_FIRST] == 1, "its last action is to attack"
    env.step(np.array([[STOP, 0, 0, 0, 0]]))
    assert env.world.units[0][0]["order"] == 0, "other orders are always sent"


@pytest.mark.parametrize(("health", "survives"), [(22.4, False), (22.5, True), (30.0, True)])
@pytest.mark.parametrize("before_end", [1, 2, 5])
def test_an_agent_below_its_level_dies_in_the_next_step(health, survives, before_end):
    """A marine has 45 health, so that the level 0.5 is 22.5; it walks west until it dies."""
    env = scene("terran_5_vs_5", health=(0.5, 0.5), kill_unit_step_mul=before_end)
    cast = {0: ("marine", 10, 16, {"health": health, "death_level": 0.5}), 1: ("marine", 20, 4), 5: ("marine", 30, 30)}
    arranged(env, cast)
    env.world.rules["enemies_hunt"] = False
    frame, _ = env.step(np.array([[WEST, STOP, 0, 0, 0]]))
    assert frame.alive[0, 0] == survives
    walked, free = 10 - env.world.units[0][0]["x"], 10 - 2.25 / 16 * 8
    assert walked == pytest.approx((10 - free) * (1 if survives else (8 - before_end) / 8), abs=0.02)


def test_features_by_hand():
    """Level 0.2 and 27 of 45 health: (0.6 - 0.2) / 0.8 = 0.5. An enemy that is hidden shows its place alone."""
    env = scene("terran_5_vs_5", attack=(0, 1), health=(0, 0.5), enemy_mask=0.5)
    marine = {"health": 27, "death_level": 0.2, "accuracy": 0.7}
    cast = {
        0: ("marine", 10, 16, marine),
        1: ("marauder", 12, 16, {"health": 100, "death_level": 0.5, "accuracy": 0.25}),
        5: ("marine", 14.5, 16, {"hidden": np.uint64(0b01)}),
        6: ("marine", 14.5, 16, {"hidden": np.uint64(0b10)}),
    }
    seen = shown(env, cast)
    assert seen.obs[0, 4:20].tolist() == pytest.approx([1, 0.5, 0.5, 0, *[0] * 4, 1, 0.5, 0.5, 0, 1, 1, 0, 0])
    assert seen.obs[0, 44:54].tolist() == pytest.approx([1, 2 / 9, 2 / 9, 0, 0.6, 0.25, 0.5, 0, 1, 0])
    assert seen.obs[0, -8:].tolist() == pytest.approx([0.5, 0.7, 0.2, 10 / 32, 0.5, 1, 0, 0])
    assert seen.state[:9].tolist() == pytest.approx([0.5, 0, -6 / 28, 0, 0.7, 0.2, 1, 0, 0])


def test_what_is_hidden_stays_hidden_through_a_battle():
    env = begun(enemy_mask=0.5)
    before = [hidden_from(unit) for unit in env.world.units[7, 5:]]
    for _ in range(5):
        env.step(np.ones((len(SEEDS), 5), np.int64))
    assert [hidden_from(unit) for unit in env.world.units[7, 5:]] == before
    rows = look(env, 7).obs[:, 4:44].reshape(5, 5, 8)
    for a, e in np.argwhere(rows.any(-1)):
        assert rows[a, e, 4:].any() == (a not in before[e])


def test_smacs_class_lists_capabilities_and_names_them():
    env = StarCraft2Env("terran_5_vs_5", seed=1, attack=(0.5, 1), health=(0, 0.3))
    env.reset()
    drawn = env.get_capabilities().reshape(5, 5)
    assert env.get_env_info()["cap_shape"] == env.get_cap_size() == 5
    assert ((drawn[:, 0] >= 0.5) & (drawn[:, 1] <= 0.3)).all()
    assert drawn[:, 2:].sum(1).tolist() == [1] * 5
    names = env.ally_state_attr_names
    columns = [names.index(name) for name in ("attack_probability", "total_health")]
    np.testing.assert_allclose(env.get_state_dict()["allies"][:, columns], drawn[:, :2])


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"attack": (0.5, 1.5)}, r"attack must be two numbers from 0 to 1, the lower first, not \(0.5, 1.5\)"),
        ({"attack": (0.9, 0.5)}, "the lower first"),
        ({"attack": 0.5}, "attack must be two numbers"),
        ({"health": (0.5,)}, "health must be two numbers"),
        ({"health": (0, 1)}, "with 1, unhurt agents die"),
        ({"health": (0, 0.5), "step_mul": 2}, "kill_unit_step_mul must be from 1 to 1, not 2"),
        ({"enemy_mask": -0.1}, "enemy_mask must be from 0 to 1, not -0.1"),
    ],
)
def test_impossible_capabilities_are_refused(flags, message):
    with pytest.raises(ValueError, match=message):
        Skirmish("terran_5_vs_5", **flags)
