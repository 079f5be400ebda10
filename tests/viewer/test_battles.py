"""A recording shows the battle as it was, and is enough to play it again."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import MapName, find_map
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.policies import script_orders
from aiirmix.viewer.camera import Camera
from aiirmix.viewer.ground import ground_of
from aiirmix.viewer.play_battle import play_again, play_policy
from aiirmix.viewer.recording import GROUNDS, ORDERS, Recording
from aiirmix.viewer.scene import Scene
from aiirmix.viewer.style import look
from tests.envs.skirmish.contract_maps import CONTRACT_MAPS


@pytest.mark.parametrize("policy", ["random", "scripted"])
@pytest.mark.parametrize("map_name", ["2s3z", "8m", "MMM", "bane_vs_bane", "2c_vs_64zg", "corridor"])
def test_played_again_from_its_file_every_battle_is_the_same(tmp_path, policy, map_name):
    recording = play_policy(policy, map_name, seed=11)
    recording.save(tmp_path / "battle")
    assert play_again(Recording.load(tmp_path / "battle")).as_plain() == recording.as_plain()


def test_other_settings_are_replayed_too():
    env = Skirmish("2s3z", enemy_order="shuffled", reward_only_positive=False)
    camera = Camera(env)
    camera.reset(np.array([4]))
    while camera.outcome is None:
        camera.step(np.array([[1 if alive else 0 for alive in env.world.units[0]["health"][:5] > 0]]))
    recording = camera.recording("idle")
    assert recording.reward.min() < 0
    assert play_again(recording).as_plain() == recording.as_plain()


def test_the_world_is_seen_as_the_environment_says(random_mmm):
    """The same actions in an environment without a camera."""
    env = Skirmish("MMM")
    env.reset(np.array([random_mmm.seed]))
    for t, actions in enumerate(random_mmm.actions):
        units = env.world.units[0]
        np.testing.assert_allclose(random_mmm.x[t], units["x"], atol=0.005)
        np.testing.assert_allclose(random_mmm.y[t], units["y"], atol=0.005)
        np.testing.assert_allclose(random_mmm.health[t], units["health"], atol=0.005)
        np.testing.assert_array_equal(random_mmm.alive[t], units["health"] > 0)
        _, outcome = env.step(actions[None])
        assert random_mmm.reward[t] == pytest.approx(outcome.reward[0], abs=1e-4)
        np.testing.assert_array_equal(random_mmm.target[t], env.world.units[0]["target"])
    assert outcome.terminated[0]
    assert random_mmm.outcome == ("won" if outcome.won[0] else "lost")


def test_the_script_plays_as_it_does_without_a_camera(scripted):
    env = Skirmish("2s3z")
    env.reset(np.array([scripted.seed]))
    buffers = Frame.zeros(env.spec, 1), Outcome.zeros(1)
    for reward in scripted.reward:
        script_orders(env.world.rules, env.world.battles, env.world.units)
        env.advance(buffers)
        assert buffers[1].reward[0] == pytest.approx(reward, abs=1e-4)


def test_a_camera_changes_nothing():
    """Its frames and outcomes are the environment's."""
    filmed, plain = Camera(Skirmish("8m")), Skirmish("8m")
    np.testing.assert_array_equal(filmed.reset(np.array([2])).obs, plain.reset(np.array([2])).obs)
    stop = np.ones((1, 8), np.int64)
    for _ in range(5):
        for seen, expected in zip(filmed.step(stop), plain.step(stop), strict=True):
            for mine, other in zip(seen, expected, strict=True):
                np.testing.assert_array_equal(mine, other)


def test_units_are_named_and_sized(random_mmm):
    kinds = [unit.kind for unit in random_mmm.units]
    assert sorted(kinds[:10]) == sorted(kinds[10:]) == ["marauder"] * 2 + ["marine"] * 7 + ["medivac"]
    assert tuple(kinds[:10]) == Skirmish("MMM").spec.agent_types
    assert [unit.hostile for unit in random_mmm.units] == [False] * 10 + [True] * 10
    assert {unit.health_max for unit in random_mmm.units} == {45, 125, 150}


def test_whoever_loses_health_or_shields_has_been_shot_at(scripted):
    """In this step or, as shots fly for a while, in one before."""
    total = scripted.health + scripted.shield
    for t, u in np.argwhere(np.diff(total, axis=0) < 0):
        assert (scripted.fired_at[max(t - 2, 0) : t + 1] == u).any()


def test_the_living_fire_at_whom_they_may(random_mmm):
    shots = np.argwhere(random_mmm.fired_at >= 0)
    assert len(shots) > 20
    for t, u in shots:
        target = random_mmm.fired_at[t, u]
        assert random_mmm.alive[t, [u, target]].all()
        same_side = random_mmm.units[u].hostile == random_mmm.units[target].hostile
        assert same_side == (random_mmm.units[u].kind == "medivac")
        assert (ORDERS[random_mmm.order[t, u]] == "heal") <= same_side


def test_orders_are_those_of_the_actions(random_mmm):
    expected = {1: "stop", 2: "move", 3: "move", 4: "move", 5: "move"}
    for t, agent in np.argwhere((random_mmm.actions > 0) & (random_mmm.actions < 6)):
        assert ORDERS[random_mmm.order[t, agent]] == expected[random_mmm.actions[t, agent]]


def test_another_simulator_is_not_trusted_with_a_replay(scripted):
    with pytest.raises(ConfigError, match=f"recorded with skirmish 0; this is skirmish {SKIRMISH_VERSION}"):
        play_again(replace(scripted, simulator_version=0))


def test_a_file_is_small(tmp_path, random_mmm):
    """Twenty units, forty steps."""
    random_mmm.save(tmp_path / "battle")
    assert (tmp_path / "battle").stat().st_size < 10_000


@pytest.mark.parametrize("map_name", get_args(MapName))
def test_every_map_can_be_watched(map_name):
    recording = play_policy("scripted", map_name, seed=0)
    expected = CONTRACT_MAPS[map_name]
    assert [unit.kind for unit in recording.units] == [*expected.agents, *expected.enemies]
    assert {unit.kind for unit in recording.units} <= set(look()["shapes"])
    Scene(recording).picture(recording.steps / 2)


def test_the_ground_is_the_maps():
    flat, high = ground_of(find_map("8m")), ground_of(find_map("2c_vs_64zg"))
    assert {GROUNDS[kind] for kind in np.unique(flat)} == {"rock", "floor"}
    places = {
        (16, 16): "plateau",
        (5, 15): "ramp",
        (26, 15): "ramp",
        (16, 12): "cliff",
        (16, 9): "floor",
        (0, 0): "rock",
    }
    assert {place: GROUNDS[high[place]] for place in places} == places


def test_who_bursts_and_who_sweeps_is_told():
    units = play_policy("random", "2c_vs_64zg", seed=0).units + play_policy("random", "so_many_baneling", seed=0).units
    assert {(unit.kind, unit.splash, unit.sweep) for unit in units} == {
        ("colossus", 0.0, 1.25), ("zergling", 0.0, 0.0), ("zealot", 0.0, 0.0), ("baneling", 2.2, 0.0),
    }  # fmt: skip
