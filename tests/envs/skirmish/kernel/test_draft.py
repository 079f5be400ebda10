"""The teams and places that are drawn: their distributions, their geometry, and that a seed always draws the same."""

import math
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
import yaml

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.map_spec import MAP_SIZE
from aiirmix.envs.contract.maps import find_map
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.requirements import check
from tests.envs.skirmish.battle_setup import random_battles
from tests.marks import slow_but


def draft_of(map):
    """Return the draft of a scenario."""
    draft = find_map(map).draft
    assert draft
    return draft


RACES = ("terran", "protoss", "zerg")
SEEDS = np.arange(10_000)
SIGNIFICANT = {1: 10.83, 2: 13.82, 3: 16.27, 8: 26.12}
"""Values of chi-squared, by degrees of freedom, that chance exceeds once in a thousand times."""


@cache
def drawn(map, **options):
    """Return the units [B, U] of many battles of a scenario, which do not walk in their first loop."""
    env = Skirmish(map, **options)
    env.world.roster.units["speed"] = 0.0
    env.reset(SEEDS)
    return env.world.units


def places(units):
    """Return the places [B, U, 2]."""
    return np.stack([units["x"], units["y"]], -1)


def is_surrounded(units, agents):
    """Return in which battles [B] all agents stand close to the centre."""
    return (np.abs(places(units)[:, :agents] - 16).max(-1) < 4.5).all(1)


def chi_squared(seen, expected):
    return float(((seen - expected) ** 2 / expected).sum())


@pytest.mark.parametrize("race", RACES)
def test_kinds_have_the_weights_of_the_scenario(race):
    draft = draft_of(f"{race}_5_vs_5")
    weights = np.array(draft.weights)
    bits = drawn(f"{race}_5_vs_5")["type_bit"][:, 5:]  # not sorted by kind, unlike the agents
    seen = np.bincount(bits.ravel(), minlength=3)
    # Teams of one exceptional kind, one in 100,000, are drawn again: too few to be noticed.
    assert chi_squared(seen, bits.size * weights) < SIGNIFICANT[2]
    pairs = np.bincount(bits[:, 0] * 3 + bits[:, 1], minlength=9)
    assert chi_squared(pairs, len(SEEDS) * np.outer(weights, weights).ravel()) < SIGNIFICANT[8]


def test_counts_of_the_rare_kind_are_binomial():
    """P(at least one medivac in 5) = 1 - 0.9^5 = 0.4095."""
    medivacs = (drawn("terran_5_vs_5")["type_bit"][:, :5] == 2).sum(1)
    odds = np.array([math.comb(5, k) * 0.1**k * 0.9 ** (5 - k) for k in range(3)])
    expected = len(SEEDS) * np.append(odds, 1 - odds.sum())
    assert chi_squared(np.bincount(np.minimum(medivacs, 3), minlength=4), expected) < SIGNIFICANT[3]


@pytest.mark.parametrize("race", RACES)
def test_enemies_are_of_the_agents_kinds(race):
    bits = drawn(f"{race}_5_vs_5")["type_bit"]
    assert (np.sort(bits[:, :5]) == np.sort(bits[:, 5:])).all()


@pytest.mark.parametrize(
    ("race", "odds"), [("terran", (0.5, 0.5)), ("zerg", (0.5, 0.5)), ("protoss", (0.45, 0.45, 0.1))]
)
def test_the_eleventh_enemy_is_a_team_of_its_own(race, odds):
    bits = drawn(f"{race}_10_vs_11")["type_bit"]
    seen = np.bincount(bits[:, 20], minlength=3)[: len(odds)]
    assert seen.sum() == len(SEEDS), "alone, it is never of a kind that is never alone"
    assert chi_squared(seen, len(SEEDS) * np.array(odds)) < SIGNIFICANT[len(odds) - 1]
    assert (np.sort(bits[:, :10]) == np.sort(bits[:, 10:20])).all()


def test_fewer_enemies_are_the_first_of_the_agents(tmp_path):
    path = tmp_path / "fewer.yaml"
    draft = {"allies": 3, "enemies": 2, "weights": {"marine": 0.5, "zealot": 0.5}}
    path.write_text(yaml.safe_dump({"episode_limit": 50, "draft": draft}, sort_keys=False))
    bits = drawn(str(path))["type_bit"]
    assert bits.shape[1] == 5
    left = bits[:, :3].sum(1) - bits[:, 3:].sum(1)
    assert set(left.tolist()) == {0, 1}


def test_kinds_that_are_never_alone_never_are(tmp_path):
    path = tmp_path / "lonely.yaml"
    draft = {"allies": 2, "enemies": 3, "weights": {"medivac": 0.9, "marine": 0.1}, "never_alone": ["medivac"]}
    path.write_text(yaml.safe_dump({"episode_limit": 50, "draft": draft}, sort_keys=False))
    bits = drawn(str(path))["type_bit"]
    assert (bits[:, :2].max(1) == 1).all()
    assert (bits[:, 4] == 1).all(), "the enemy that outnumbers the agents"
    # Given that not both are medivacs: P(one marine) = 0.18 / 0.19.
    assert chi_squared(np.bincount(bits[:, :2].sum(1))[1:], len(SEEDS) * np.array([18, 1]) / 19) < SIGNIFICANT[1]


def test_half_of_the_battles_are_surrounded_and_a_scenario_may_say_how_many(tmp_path):
    seen = is_surrounded(drawn("terran_5_vs_5"), 5).sum()
    assert chi_squared(np.array([seen, len(SEEDS) - seen]), np.full(2, len(SEEDS) / 2)) < SIGNIFICANT[1]
    for share in (0.0, 1.0):
        path = tmp_path / f"share{share}.yaml"
        draft = {"allies": 4, "enemies": 4, "weights": {"marine": 1}, "surrounded": share}
        path.write_text(yaml.safe_dump({"episode_limit": 50, "draft": draft}, sort_keys=False))
        assert abs(is_surrounded(drawn(str(path)), 4).mean() - share) < 0.01


def reflected(map, agents):
    units = drawn(map)
    return units[~is_surrounded(units, agents)]


@pytest.mark.parametrize("race", RACES)
def test_reflected_enemies_are_the_agents_in_a_mirror(race):
    """Where none had to make room for another, place by place."""
    units = reflected(f"{race}_5_vs_5", 5)
    there = places(units)
    mirrored = there[:, :5] * [-1, 1] + [MAP_SIZE, 0]
    apart = np.abs(there[:, 5:, None] - mirrored[:, None]).max(-1)
    same = units["type_bit"][:, 5:, None] == units["type_bit"][:, None, :5]
    paired = ((apart < 1e-9) & same).any(2).all(1)
    assert paired.mean() > 0.85


def test_reflected_agents_are_anywhere_in_the_western_half():
    """x in [0, 15), y in [0, 32), moved into the playable area: 2/15 of them to x = 2, 1/16 to each of y = 2 and 30."""
    there = places(reflected("terran_5_vs_5", 5))[:, :5].reshape(-1, 2)
    x, y = there.T
    assert (x.min(), y.min(), y.max()) == (2, 2, 30)
    assert x.max() < 15 + 1.2, "room for another unit may be made east of it"
    count = len(there)
    for mean, odds in (((x == 2).mean(), 2 / 15), ((y == 2).mean(), 1 / 16), ((y == 30).mean(), 1 / 16)):
        assert abs(mean - odds) < 4 * math.sqrt(odds * (1 - odds) / count) + 0.004
    inner = x[(x > 3) & (x < 14)]
    assert chi_squared(np.histogram(inner, 2)[0], np.full(2, len(inner) / 2)) < 30


def test_reflected_enemies_come_near_as_often_as_smacv2s():
    """Of 20,000 of SMACv2's draws, in .736 some pair of opponents is within 9 cells, in .510 within 6, never 2."""
    there = places(reflected("terran_5_vs_5", 5))
    apart = np.hypot(*(there[:, :5, None] - there[:, None, 5:]).transpose(3, 0, 1, 2)).min((1, 2))
    assert abs((apart < 9).mean() - 0.736) < 0.03
    assert abs((apart < 6).mean() - 0.510) < 0.03
    assert apart.min() > 1.0


def test_enemies_that_outnumber_the_agents_are_anywhere_in_the_eastern_half():
    x = reflected("terran_10_vs_11", 10)["x"][:, 20]
    assert x.min() >= 16 - 1.2
    seen = np.histogram(x[(x > 17) & (x < 29)], 3, (17, 29))[0]
    assert chi_squared(seen, np.full(3, seen.sum() / 3)) < SIGNIFICANT[2]


def surrounded(map, agents):
    units = drawn(map)
    return units[is_surrounded(units, agents)]


def test_surrounding_enemies_form_groups_on_the_diagonals():
    """With g groups drawn from 1 to 4 and 5 enemies, 1 to 4 places are occupied: .2697, .3709, .3008, .0586."""
    units = surrounded("terran_5_vs_5", 5)
    offset = places(units)[:, 5:] - 16
    quadrant = (offset[..., 0] > 0) + 2 * (offset[..., 1] > 0)
    groups = np.array([len(set(row)) for row in quadrant.tolist()])
    assert (np.diff(quadrant, axis=1) != 0).sum(1).max() == 3, "group follows group in the order of creation"
    seen = np.bincount(groups, minlength=5)[1:]
    assert chi_squared(seen, len(units) * np.array([0.2697, 0.3709, 0.3008, 0.0586])) < SIGNIFICANT[3] + 3
    corners = np.bincount(quadrant[:, 0], minlength=4)
    assert chi_squared(corners, np.full(4, len(units) / 4)) < SIGNIFICANT[3]
    first = offset[:, 0]
    assert np.abs(np.abs(first[:, 0]) - np.abs(first[:, 1])).max() < 1e-9, "nobody keeps the first from the diagonal"


def test_distances_of_surrounding_groups_are_uniform():
    """On each axis 16 - 14t; nearer than 9 cells with (9 / √2 - 2) / 14 = .3117; the playable area ends at 14."""
    units = surrounded("terran_5_vs_5", 5)
    away = np.abs(places(units)[:, 5, 0] - 16)
    assert (away.min() > 1.99, away.max()) == (True, 14)
    near = (away * math.sqrt(2) < 9).sum()
    assert chi_squared(np.array([near, len(away) - near]), len(away) * np.array([0.3117, 0.6883])) < SIGNIFICANT[1]
    assert abs((away == 14).mean() - 2 / 14) < 0.01


@pytest.mark.parametrize("map", slow_but(["protoss_20_vs_23"], [f"{race}_20_vs_23" for race in RACES]))
def test_no_unit_stands_in_another_or_off_the_map(map):
    """Flyers, colossi and walkers do not keep one another out."""
    units = drawn(map)[:400]
    there, n = places(units), units.shape[1]
    assert there.min() >= 2
    assert there.max() <= 30
    apart = np.hypot(*(there[:, :, None] - there[:, None]).transpose(3, 0, 1, 2)) + 99 * np.eye(n)
    reach = units["separation"][:, :, None] + units["separation"][:, None]
    alike = np.logical_and(*(units[name][:, :, None] == units[name][:, None] for name in ("air", "strides")))
    assert (apart >= reach - 1e-9)[alike].all()


@pytest.mark.parametrize("race", RACES)
def test_agents_are_sorted_by_kind_alphabetically_and_by_place(race):
    draft, units = draft_of(f"{race}_10_vs_10"), drawn(f"{race}_10_vs_10")[:200]
    for agents in units[:, :10]:
        keys = [(draft.kinds[agent["type_bit"]], agent["x"], agent["y"]) for agent in agents]
        assert keys == sorted(keys)


def test_enemies_are_in_the_order_asked_for():
    created, shuffled, ordered = (
        drawn("zerg_10_vs_11", enemy_order=order) for order in ("created", "shuffled", "sorted")
    )
    for units in (shuffled, ordered):
        assert (np.sort(units["x"][:, 10:]) == np.sort(created["x"][:, 10:])).mean() > 0.99
    kinds = draft_of("zerg_10_vs_11").kinds
    for enemies in ordered[:200, 10:]:
        keys = [(kinds[enemy["type_bit"]], enemy["x"], enemy["y"]) for enemy in enemies]
        assert keys == sorted(keys)
    # The eleventh created is never a baneling; shuffled, any may be.
    assert (created["type_bit"][:, 20] != 2).all()
    assert abs((shuffled["type_bit"][:, 20] == 2).mean() - 0.1 * 10 / 11) < 0.01


@pytest.mark.parametrize("race", RACES)
def test_a_unit_is_a_fresh_one_of_its_kind(race):
    env = Skirmish(f"{race}_5_vs_5")
    units, kinds = drawn(f"{race}_5_vs_5")[:50], env.world.roster.units
    for name in ("health_max", "shield_max", "damage", "separation", "sight", "reach", "heal_rate"):
        assert (units[name] == kinds[name][units["type_bit"]]).all()
    assert (units["health"] == units["health_max"]).mean() > 0.9
    assert units["hostile"].tolist() == [[False] * 5 + [True] * 5] * 50


@pytest.mark.parametrize(
    "map", slow_but(["protoss_5_vs_5"], ["protoss_5_vs_5", *(f"{race}_10_vs_11" for race in RACES)])
)
def test_a_battle_is_the_same_alone_and_in_a_batch_of_any_order(map):
    env = Skirmish(map, check_actions=False)

    def play(seeds):
        frame = env.reset(seeds)
        frames = [frame.obs.copy()]
        for _ in range(12):
            frame, _ = env.step(np.ones((len(seeds), env.spec.n_agents), np.int64))
            frames.append(frame.obs.copy())
        return np.stack(frames, 1)

    together = play(np.array([3, 4, 5, 3]))
    np.testing.assert_array_equal(together[0], together[3])
    np.testing.assert_array_equal(play(np.array([5, 4]))[::-1], together[1:3])
    assert not (together[0] == together[1]).all()


def test_a_battle_is_the_same_in_another_process():
    code = (
        "import numpy as np; from aiirmix.envs.skirmish.env import Skirmish;"
        "print(Skirmish('terran_5_vs_5').reset(np.array([11])).state.tobytes().hex())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert other.strip() == Skirmish("terran_5_vs_5").reset(np.array([11])).state.tobytes().hex()


@pytest.mark.parametrize("race", RACES)
def test_battles_end(race):
    env = Skirmish(f"{race}_5_vs_5")
    for _, frame, outcome in random_battles(env, np.arange(16)):
        assert all(np.isfinite(array).all() for array in (*frame, *outcome))
    assert (env.world.battles["step"] < 200).all()


def test_more_units_than_fit_are_refused_in_one_line(tmp_path):
    path = tmp_path / "crowd.yaml"
    draft = {"allies": 40, "enemies": 40, "weights": {"stalker": 1}}
    ground = [{"x": [12, 19], "y": [12, 19]}]
    path.write_text(yaml.safe_dump({"episode_limit": 50, "draft": draft, "walkable": ground}))
    with pytest.raises(ConfigError, match=r"crowd\.yaml: there is room for \d+ of the 80 units that are drawn$"):
        check({"map": str(path)})


def test_units_are_placed_on_walkable_ground(tmp_path):
    path = tmp_path / "room.yaml"
    draft = {"allies": 6, "enemies": 6, "weights": {"stalker": 0.5, "zealot": 0.5}}
    ground = [{"x": [8, 23], "y": [12, 19]}]
    path.write_text(yaml.safe_dump({"episode_limit": 50, "draft": draft, "walkable": ground}))
    units = drawn(str(path))
    assert units["x"].min() >= 8
    assert units["x"].max() < 24
    assert units["y"].min() >= 12
    assert units["y"].max() < 20


def test_units_that_are_given_take_the_place_of_drawn_ones():
    """At (3, 31) and at the agents' place, which earlier units have taken, they move to the nearest free place."""
    env = Skirmish("terran_5_vs_5")
    env.world.roster.units["speed"] = 0.0
    kinds = ["medivac", "marine", "marauder", "marine", "marine", *["marine"] * 5]
    points = np.array(
        [[5, 16], [7, 16], [9, 16], [6.5, 20], [7, 16], *[[3, 31]] * 2, [20, 4], [28, 28], [7, 16]], float
    )
    env.world.place(kinds, points)
    for seeds in (np.array([1, 2]), np.array([3, 4])):
        env.reset(seeds)
        for units in env.world.units:
            assert units["type_bit"].tolist() == [1, 0, 0, 0, 2] + [0] * 5
            agents = places(units)[:5]
            assert agents[[0, 4]].tolist() == [[9, 16], [5, 16]]
            assert agents[1].tolist() == [6.5, 20]
            assert [7, 16] in agents.tolist()
            assert places(units)[5].tolist() == [3, 30]
            assert np.hypot(*(places(units)[6] - [3, 30])) == pytest.approx(0.85, abs=0.3)
            assert places(units)[7:9].tolist() == [[20, 4], [28, 28]]
