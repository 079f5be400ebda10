"""Plays and records one battle, by a policy that needs no training or again as it was recorded."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.protocol import Frame
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.policies import RandomPolicy, script_orders
from aiirmix.viewer.camera import Camera
from aiirmix.viewer.recording import Recording

PolicyName = Literal["random", "scripted"]
Choose = Callable[[Camera, Frame], NDArray[np.int64]]
"""Returns the joint action [1, N] for a frame."""


def play_policy(policy: PolicyName, map_name: str, seed: int) -> Recording:
    """Play a battle with random available actions, or with SMAC's scripted ally.

    Args:
        policy: `random` or `scripted`.
        map_name: one of SMAC's maps, or the path of a map file.
        seed: which battle to play.
    """
    camera = Camera(Skirmish(map_name, check_actions=False))
    choose = _random(seed) if policy == "random" else _scripted
    return _play(camera, seed, choose, f"{policy} policy")


def replay(recording: Recording) -> Recording:
    """Play the same battle again from its settings, seed and actions, without the insight of a model.

    Raises:
        ConfigError: it was recorded with another version of the simulator.
    """
    if recording.simulator_version != SKIRMISH_VERSION:
        raise ConfigError(f"recorded with skirmish {recording.simulator_version}; this is skirmish {SKIRMISH_VERSION}")
    camera = Camera(Skirmish(**recording.settings, check_actions=False))
    actions = iter(recording.actions)
    return _play(camera, recording.seed, lambda camera, frame: next(actions)[None], recording.played_by)


def _play(camera: Camera, seed: int, choose: Choose, played_by: str) -> Recording:
    frame = camera.reset(np.array([seed]))
    while camera.outcome is None:
        frame, _ = camera.step(choose(camera, frame))
    return camera.recording(played_by)


def _random(seed: int) -> Choose:
    policy = RandomPolicy(np.array([seed]))

    def choose(camera: Camera, frame: Frame) -> NDArray[np.int64]:
        actions = np.zeros(frame.alive.shape, np.int64)
        policy(frame.avail, actions)
        return actions

    return choose


def _scripted(camera: Camera, frame: Frame) -> NDArray[np.int64]:
    """Return the script's orders as actions, available or not; `step` gives them again, which changes nothing."""
    world = camera.env.world
    script_orders(world.rules, world.battles, world.units)
    actions: NDArray[np.int64] = world.units["last_action"][:, : camera.spec.n_agents].copy()
    return actions
