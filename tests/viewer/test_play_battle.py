"""A recording shows the battle exactly, and is enough to replay it."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import MapName, find_map
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.protocol import Frame, KnowsContributions, Outcome
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.policies import script_orders
from aiirmix.viewer.camera import Camera
from aiirmix.viewer.ground import ground_of
from aiirmix.viewer.play_battle import play_policy, replay
from aiirmix.viewer.recording import GROUNDS, ORDERS, Recording
from aiirmix.viewer.scene import Scene
from aiirmix.viewer.style import SHAPES
from tests.envs.skirmish.contract_maps import CONTRACT_MAPS


@pytest.mark.parametrize("policy", ["random", "scripted"])
@pytest.mark.parametrize("map_name", ["2s3z", "8m", "MMM", "bane_vs_bane", "2c_vs_64zg", "corridor"])
def test_a_battle_replayed_from_its_file_is_the_same(tmp_path, policy, map_name):
    recording = play_policy(policy, map_name, seed=11)
    recording.save(tmp_path / "battle")
    assert replay(Recording.load(tmp_path / "battle")).to_dict() == recording.to_dict()


def test_a_replay_keeps_other_settings():
    env = Skirmish("2s3z", enemy_order="shuffled", reward_only_positive=False)
    camera = Camera(env)
    camera.reset(np.array([4]))
    while camera.outcome is None:
        camera.step(np.array([[1 if alive else 0 for alive in env.world.units[0]["health"][:5] > 0]]))
    recording = camera.recording("idle")
    assert recording.reward.min() < 0
    assert replay(recording).to_dict() == recording.to_dict()


def test_a_recording_matches_the_environment(random_mmm):
    """Play the same actions in an environment without a camera."""
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


def test_a_camera_does_not_change_frames_and_outcomes():
    recorded, plain = Camera(Skirmish("8m")), Skirmish("8m")
    assert isinstance(recorded, KnowsContributions) == recorded.spec.knows_contributions
    np.testing.assert_array_equal(recorded.reset(np.array([2])).obs, plain.reset(np.array([2])).obs)
    stop = np.ones((1, 8), np.int64)
    for _ in range(5):
        for actual, expected in zip(recorded.step(stop), plain.step(stop), strict=True):
            for mine, other in zip(actual, expected, strict=True):
                np.testing.assert_array_equal(mine, other)


def test_units_have_their_kinds_and_sizes(random_mmm):
    kinds = [unit.kind for unit in random_mmm.units]
    assert sorted(kinds[:10]) == sorted(kinds[10:]) == ["marauder"] * 2 + ["marine"] * 7 + ["medivac"]
    assert tuple(kinds[:10]) == Skirmish("MMM").spec.agent_types
    assert [unit.hostile for unit in random_mmm.units] == [False] * 10 + [True] * 10
    assert {unit.health_max for unit in random_mmm.units} == {45, 125, 150}


def test_units_that_lose_health_or_shields_were_shot_at(scripted):
    """Shots fly for up to two steps."""
    total = scripted.health + scripted.shield
    for t, u in np.argwhere(np.diff(total, axis=0) < 0):
        assert (scripted.fired_at[max(t - 2, 0) : t + 1] == u).any()


def test_living_units_fire_at_living_enemies_or_heal_friends(random_mmm):
    shots = np.argwhere(random_mmm.fired_at >= 0)
    assert len(shots) > 20
    for t, u in shots:
        target = random_mmm.fired_at[t, u]
        assert random_mmm.alive[t, [u, target]].all()
        same_side = random_mmm.units[u].hostile == random_mmm.units[target].hostile
        assert same_side == (random_mmm.units[u].kind == "medivac")
        assert (ORDERS[random_mmm.order[t, u]] == "heal") <= same_side


def test_orders_follow_the_actions(random_mmm):
    expected = {1: "stop", 2: "move", 3: "move", 4: "move", 5: "move"}
    for t, agent in np.argwhere((random_mmm.actions > 0) & (random_mmm.actions < 6)):
        assert ORDERS[random_mmm.order[t, agent]] == expected[random_mmm.actions[t, agent]]


def test_a_replay_needs_the_same_version_of_the_simulator(scripted):
    with pytest.raises(ConfigError, match=f"recorded with skirmish 0; this is skirmish {SKIRMISH_VERSION}"):
        replay(replace(scripted, simulator_version=0))


def test_a_file_of_twenty_units_and_forty_steps_is_small(tmp_path, random_mmm):
    random_mmm.save(tmp_path / "battle")
    assert (tmp_path / "battle").stat().st_size < 10_000


@pytest.mark.parametrize("map_name", get_args(MapName))
def test_every_map_can_be_recorded_and_drawn(map_name):
    recording = play_policy("scripted", map_name, seed=0)
    expected = CONTRACT_MAPS[map_name]
    assert [unit.kind for unit in recording.units] == [*expected.agents, *expected.enemies]
    assert {unit.kind for unit in recording.units} <= set(SHAPES)
    Scene(recording).picture(recording.steps / 2)


def test_the_ground_is_that_of_the_map():
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


def test_only_banelings_explode_and_only_colossi_sweep():
    units = play_policy("random", "2c_vs_64zg", seed=0).units + play_policy("random", "so_many_baneling", seed=0).units
    assert {(unit.kind, unit.splash, unit.sweep) for unit in units} == {
        ("colossus", 0.0, 1.25), ("zergling", 0.0, 0.0), ("zealot", 0.0, 0.0), ("baneling", 2.2, 0.0),
    }  # fmt: skip
