"""Battles of SMACv2's scenarios that are set up by hand."""

import numpy as np

from aiirmix.envs.skirmish.env import Skirmish
from tests.envs.skirmish.battle_setup import look
from tests.envs.skirmish.smacv2_oracle import RACES


def scene(map, **flags):
    """Return an environment of its own, with a battle just begun, in which any action may be chosen."""
    env = Skirmish(map, check_actions=False, **flags)
    env.reset(np.array([0]))
    return env


def shown(env, cast):
    """Show the units of `cast` (number: kind, x, y and perhaps a dictionary of fields) and nothing else."""
    return look(arranged(env, cast))


def arranged(env, cast):
    """Set up the units of `cast`, each fresh and without an order; the others are dead."""
    names, units = RACES[env.map.split("_")[0]][0], env.world.units[0]
    units["health"], units["turn"] = 0.0, np.arange(len(units))
    for number, (kind, x, y, *more) in cast.items():
        hostile, glance = units[number]["hostile"], units[number]["glance"]
        units[number] = env.world.roster.units[names.index(kind)]
        fields = {"x": x, "y": y, "hostile": hostile, "glance": glance, "turn": number, **(more[0] if more else {})}
        for name, value in fields.items():
            units[number][name] = value
    return env
