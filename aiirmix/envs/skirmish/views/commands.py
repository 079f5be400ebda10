"""The commands that SMAC sends to StarCraft II for an action (docs/smac_contract.md §2.5, §8)."""

from typing import NamedTuple

import numpy as np

from aiirmix.envs.skirmish.kernel.orders import FIRST_VIEW, NO_OP, NORTH, STOP
from aiirmix.envs.skirmish.rules.heuristic import order_heuristic
from aiirmix.envs.skirmish.views.geometry import STEPS
from aiirmix.envs.skirmish.views.getters import Getters
from aiirmix.envs.skirmish.views.raw import Position

STOP_ABILITY, MOVE_ABILITY, ATTACK_ABILITY, HEAL_ABILITY = 4, 16, 23, 386
"""Ability numbers of the game."""
MOVES = {NORTH + direction: step for direction, step in STEPS.items()}
"""Cells east and north, by action."""


class Command(NamedTuple):
    """The fields of StarCraft II's `ActionRawUnitCommand`; None where the command has no such target."""

    ability_id: int
    unit_tags: tuple[int, ...]
    target_world_space_pos: Position | None = None
    target_unit_tag: int | None = None
    queue_command: bool = False


class Commands(Getters):
    """What actions mean. Nothing is sent: `step` takes the actions."""

    def get_agent_action(self, a_id: int, action: int) -> Command | None:
        """Return the command that the action means; None for no-op and for turning the view.

        Raises:
            AssertionError: the action is not available.
        """
        if not self.get_avail_agent_actions(a_id)[action]:
            raise AssertionError(f"agent {a_id}: action {action} is not available")
        turns = FIRST_VIEW <= action < self.n_actions_no_attack
        return None if action == NO_OP or turns else self._command(a_id, action)

    def get_agent_action_heuristic(self, a_id: int, action: int) -> tuple[Command | None, int]:
        """Return the command and the action that the script chooses for an agent; `action` has no effect.

        Unlike SMAC's, it leaves `heuristic_targets` as they are.
        """
        world = self.battle.engine.world
        chosen = np.full((1, self.n_agents), STOP)
        order_heuristic(world.rules, world.terrain.pathing, world.battles.copy(), world.units.copy(), chosen)
        number = int(chosen[0, a_id])
        return (None if number == NO_OP else self._command(a_id, number)), number

    def _command(self, a_id: int, action: int) -> Command:
        unit = self.agents[a_id]
        if action == STOP:
            return Command(STOP_ABILITY, (unit.tag,))
        if action in MOVES:
            x, y = MOVES[action]
            goal = Position(unit.pos.x + self.move_amount * x, unit.pos.y + self.move_amount * y)
            return Command(MOVE_ABILITY, (unit.tag,), target_world_space_pos=goal)
        heals = unit.kind == "medivac"
        target = (self.agents if heals else self.enemies)[action - self.n_actions_no_attack]
        return Command(HEAL_ABILITY if heals else ATTACK_ABILITY, (unit.tag,), target_unit_tag=target.tag)
