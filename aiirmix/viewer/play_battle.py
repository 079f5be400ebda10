"""Plays one battle and records it: by a policy that needs no learning, by a trained model, or again as recorded."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import MapName
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.protocol import Frame
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.policies import RandomPolicy, script_orders
from aiirmix.viewer.camera import Camera
from aiirmix.viewer.recording import Recording

PolicyName = Literal["random", "scripted"]
Choose = Callable[[Camera, Frame], NDArray[np.int64]]
"""From what there is to see to the joint action [1, N]."""


def play_policy(policy: PolicyName, map_name: MapName, seed: int) -> Recording:
    """A battle of random available actions, or of SMAC's scripted ally."""
    camera = Camera(Skirmish(map_name, check_actions=False))
    choose = _random(seed) if policy == "random" else _scripted
    return _play(camera, seed, choose, f"{policy} policy")


def play_again(recording: Recording) -> Recording:
    """The same battle, played anew from its settings, seed and actions; without the insight of a model.

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
    """The script's orders as actions, available or not; given a second time, an order changes nothing."""
    world = camera.env.world
    script_orders(world.rules, world.battles, world.units)
    actions: NDArray[np.int64] = world.units["last_action"][:, : camera.spec.n_agents].copy()
    return actions
