"""Helpers: maps, a random player, and the batch engine as the measure."""

from typing import Any, get_args

import numpy as np

from aiirmix.envs.contract.maps import MapName
from aiirmix.envs.skirmish.env import Skirmish

MAPS = get_args(MapName)
SOME_MAPS = ("2s3z", "8m", "MMM", "corridor", "2c_vs_64zg")
MORE_FEATURES: dict[str, Any] = {
    "obs_last_action": True,
    "obs_pathing_grid": True,
    "obs_terrain_height": True,
    "obs_timestep_number": True,
    "state_timestep_number": True,
}


def random_legal(masks, generator):
    """An available action for every row of the masks."""
    return [int(generator.choice(np.flatnonzero(mask))) for mask in masks]


def replayed(map_name, seed, joint_actions, **flags):
    """The battle as the second of two in a batch: its observations, states, masks and rewards, moment by moment.

    The first battle is another one and copies the actions, as far as it can.
    """
    engine = Skirmish(map_name, check_actions=False, **flags)
    frame, rewards = engine.reset(np.array([seed + 1, seed])), []
    frames = [frame]
    for actions in joint_actions:
        frame, outcome = engine.step(np.array([actions, actions]))
        frames.append(frame)
        rewards.append(float(outcome.reward[1]))
    return [frame.obs[1] for frame in frames], [frame.state[1] for frame in frames], rewards


def play(env, seed=0):
    """An episode of random available actions, as PyMARL's runner plays it: everything that it would store."""
    generator = np.random.default_rng(seed)
    env.reset()
    states, observations, actions, rewards, terminated = [], [], [], [], False
    while not terminated:
        states.append(env.get_state())
        observations.append(env.get_obs())
        actions.append(random_legal(env.get_avail_actions(), generator))
        reward, terminated, info = env.step(actions[-1])
        rewards.append(reward)
    return [*states, env.get_state()], [*observations, env.get_obs()], actions, rewards, info


def cut_short(env, limit):
    """Makes the time run out early."""
    env.battle.engine.world.rules["episode_limit"] = limit
    return env
