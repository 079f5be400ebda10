"""Helpers: maps, a random player, and the batch engine for comparison."""

from typing import Any

import numpy as np

from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.views.smac import StarCraft2Env

SOME_MAPS = ("2s3z", "8m", "MMM", "corridor", "2c_vs_64zg")
OTHER_MAPS = sorted(set(MAP_NAMES) - set(SOME_MAPS))
MORE_FEATURES: dict[str, Any] = {
    "obs_last_action": True,
    "obs_pathing_grid": True,
    "obs_terrain_height": True,
    "obs_timestep_number": True,
    "state_timestep_number": True,
}


def random_legal(masks, rng):
    """Return an available action for every row of the masks."""
    return [int(rng.choice(np.flatnonzero(mask))) for mask in masks]


def replay(map_name, seed, joint_actions, **flags):
    """Play the battle as the second of a batch of two; return observations, states and rewards, step by step.

    The first battle has another seed and takes the same actions, as far as they are available.
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
    """Play an episode of random available actions like PyMARL's runner; return everything that it would store."""
    rng = np.random.default_rng(seed)
    env.reset()
    states, observations, actions, rewards, terminated = [], [], [], [], False
    while not terminated:
        states.append(env.get_state())
        observations.append(env.get_obs())
        actions.append(random_legal(env.get_avail_actions(), rng))
        reward, terminated, info = env.step(actions[-1])
        rewards.append(reward)
    return [*states, env.get_state()], [*observations, env.get_obs()], actions, rewards, info


def with_limit(env, limit):
    """Set the episode limit and return the environment."""
    env.battle.engine.world.rules["episode_limit"] = limit
    return env


def begin(name="8m", **options):
    """Return an environment with a battle just begun."""
    env = StarCraft2Env(name, seed=0, **options)
    env.reset()
    return env


def move(env, i, x, y):
    """Put unit i at (x, y)."""
    env.battle.units["x"][i], env.battle.units["y"][i] = x, y
