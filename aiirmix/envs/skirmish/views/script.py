"""SMAC's scripted ally in the place of the caller (contract, section 8)."""

from collections.abc import Sequence

import numpy as np

from aiirmix.envs.skirmish.orders import EAST, NORTH, SOUTH, WEST
from aiirmix.envs.skirmish.policies import script_orders
from aiirmix.envs.skirmish.state import NOBODY, Records
from aiirmix.envs.skirmish.world import World


def command(world: World, actions: Sequence[int], rest: bool) -> list[int]:
    """Orders what the script wants in the world's only battle, and returns it as action numbers [N].

    Observations and state show the caller's `actions` [N] as the last ones all the same, as SMAC's do.
    """
    agents = world.units[0, : len(actions)]
    script_orders(world.rules, world.battles, world.units)
    if rest:
        _keep_to_masks(world, agents)
    chosen: list[int] = agents["last_action"].tolist()
    agents["last_action"] = actions
    return chosen


def _keep_to_masks(world: World, agents: Records) -> None:
    """Orders a move towards the target where the script's action is not available; the target is kept in mind."""
    targets = agents["target"].copy()
    world.order(np.array([[_available(world, i) for i in range(len(agents))]]))
    agents["target"] = targets


def _available(world: World, agent: int) -> int:
    """The script's action if the mask allows it, otherwise the move towards the target along the longer way."""
    unit = world.units[0, agent]
    if unit["target"] == NOBODY or unit["last_action"] in world.legal_actions(0, agent):
        return int(unit["last_action"])
    target = world.units[0, unit["target"]]
    x, y = target["x"] - unit["x"], target["y"] - unit["y"]
    if abs(x) > abs(y):
        return EAST if x > 0 else WEST
    return NORTH if y > 0 else SOUTH
