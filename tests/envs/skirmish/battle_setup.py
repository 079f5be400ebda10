"""Helpers that set up battles by hand and translate battles for the oracle."""

from dataclasses import fields, replace
from functools import cache

import numpy as np

from aiirmix.envs.contract.maps import find_map
from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.terrain import height_grid
from aiirmix.envs.skirmish.rules.features import write_frame
from aiirmix.envs.skirmish.rules.policies import RandomPolicy
from aiirmix.envs.skirmish.rules.rewards import end_of, step_reward
from tests.envs.skirmish.oracle import CONTRACT_MAPS, HEALTH, Body, Options, Oracle

MAPS = tuple(CONTRACT_MAPS)
ENDS = (None, "won", "lost", "drawn", "timed out")


make = cache(Skirmish)


def environment(map, **flags):
    """Return the environment for these flags, shared by all tests, with a battle just begun."""
    env = make(map, **flags)
    env.reset(np.array([0]))
    return env


def oracle(env, battle=0):
    """Return the oracle for a battle of the environment, with the enemies in its order."""
    known = {flag.name: getattr(env, flag.name) for flag in fields(Options)}
    described = replace(CONTRACT_MAPS[env.map], enemies=kinds(env, battle)[env.spec.n_agents :])
    return Oracle(described, Options(**known), height_grid(find_map(env.map)).tolist())


def kinds(env, battle=0):
    """Return the kinds of a battle's units, recognised by their full health, which is unique on every map."""
    described = CONTRACT_MAPS[env.map]
    names = {HEALTH[kind]: kind for kind in described.agents + described.enemies}
    return tuple(names[int(health)] for health in env.world.units[battle]["health_max"])


def bodies(env, battle=0):
    """Return the units of a battle as the oracle's bodies."""
    fields = ("x", "y", "health", "shield", "energy", "cooldown", "last_action")
    return [
        Body(kind, *(unit[name].item() for name in fields))
        for kind, unit in zip(kinds(env, battle), env.world.units[battle], strict=True)
    ]


def arrange(env, bodies, battle=0):
    """Set the units of a battle to the oracle's bodies."""
    units = env.world.units[battle]
    for name in ("x", "y", "health", "shield", "energy", "cooldown", "last_action"):
        units[name] = [getattr(body, name) for body in bodies]


def look(env, battle=0):
    """Return the frame of a battle as it is: obs, state, avail, alive."""
    frame = Frame.zeros(env.spec, 1)
    world = env.world
    write_frame(world.rules[0], world.terrain, world.battles[battle], world.units[battle], frame, 0)
    return Frame(*(array[0] for array in frame))


def judge(env, before, after):
    """Return the reward and the end of a step that led from `before` to `after`."""
    world = env.world
    arrange(env, after)
    world.units[0]["counted"] = [body.points for body in before]
    end = end_of(world.rules[0], world.battles[0], world.units[0])
    return np.float32(step_reward(world.rules[0], world.units[0], end)), ENDS[end]


def duel(map, **units):
    """Make an environment in whose only battle all units are dead but those named (``u3={"x": 10.0}``).

    Enemies have no goal to walk to, and time does not run out.
    """
    env = Skirmish(map)
    env.reset(np.array([7]))
    env.world.rules["episode_limit"] = 10**6
    world = env.world.units[0]
    present = {int(name[1:]): fields for name, fields in units.items()}
    for index, unit in enumerate(world):
        if index in present:
            for name, value in present[index].items():
                unit[name] = value
            unit["goal_x"], unit["goal_y"] = unit["x"], unit["y"]
        else:
            unit["health"] = unit["shield"] = unit["counted"] = 0.0
    return env, world


def act(env, **actions):
    """Play a step in which the named agents take an action (``a0=6``) and the others stop; return frame and outcome."""
    chosen = np.where(env.world.units["health"][:, : env.spec.n_agents] > 0, 1, 0)
    for name, action in actions.items():
        chosen[0, int(name[1:])] = action
    return env.step(chosen)


def random_battles(env, seeds):
    """Play random battles; yield actions, frame and outcome after each step."""
    policy = RandomPolicy(seeds)
    frame, outcome = env.reset(seeds), Outcome.zeros(len(seeds))
    actions = np.zeros((len(seeds), env.spec.n_agents), np.int64)
    while not env.world.battles["over"].all():
        policy(frame.avail, actions)
        env.step(actions, (frame, outcome))
        yield actions, frame, outcome
