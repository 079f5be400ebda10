"""Conversion between the game and StarCraft II's messages (docs/smac_contract.md §7.4 to §7.6)."""

import numpy as np
from s2clientprotocol import common_pb2, data_pb2, debug_pb2, error_pb2, raw_pb2, sc2api_pb2

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.map_spec import MAP_SIZE, PLAYABLE_HIGH, PLAYABLE_LOW
from aiirmix.envs.sc2_server.game import Creation, Game
from aiirmix.envs.skirmish.kernel.terrain import height_grid
from aiirmix.envs.skirmish.views.commands import ATTACK_ABILITY, HEAL_ABILITY, MOVE_ABILITY, STOP_ABILITY
from aiirmix.envs.skirmish.views.raw import AGENT, DRAFT_KINDS, FIRST_AGENT_TYPE, RawUnit

STUB_LOOP = 2**32 - 1
"""The game loop of the empty observation that the game sends when it is over."""

SMACV2_KINDS = len(DRAFT_KINDS) - 1
"""The kinds of unit that SMACv2's map has for agents."""

SUCCESS, NOT_SUPPORTED, FAILED = error_pb2.Success, error_pb2.NotSupported, error_pb2.Error


def observation(game: Game) -> sc2api_pb2.ResponseObservation:
    """Return what SMAC reads of the battle."""
    response = sc2api_pb2.ResponseObservation()
    response.observation.game_loop = game.loop
    response.observation.raw_data.units.extend(map(unit_message, game.units()))
    return response


def stub_observation() -> sc2api_pb2.ResponseObservation:
    """Return the empty observation that the game sends when it is over."""
    response = sc2api_pb2.ResponseObservation()
    response.observation.game_loop = STUB_LOOP
    response.player_result.add(player_id=AGENT, result=sc2api_pb2.Undecided)
    return response


def unit_message(unit: RawUnit) -> raw_pb2.Unit:
    """Return a unit with the fields that SMAC reads."""
    return raw_pb2.Unit(
        owner=unit.owner,
        alliance=raw_pb2.Self if unit.owner == AGENT else raw_pb2.Enemy,
        display_type=raw_pb2.Visible,
        tag=unit.tag,
        unit_type=unit.unit_type,
        pos=common_pb2.Point(x=unit.pos.x, y=unit.pos.y),
        health=unit.health,
        health_max=unit.health_max,
        shield=unit.shield,
        shield_max=unit.shield_max,
        energy=unit.energy,
        weapon_cooldown=unit.weapon_cooldown,
    )


def game_info(game: Game) -> sc2api_pb2.ResponseGameInfo:
    """Return sizes and grids of the map. Rows run from the south; the highest bit of a byte is the westernmost cell."""
    info = sc2api_pb2.ResponseGameInfo(map_name=game.map_name)
    raw = info.start_raw
    raw.map_size.x = raw.map_size.y = MAP_SIZE
    raw.playable_area.p0.x = raw.playable_area.p0.y = int(PLAYABLE_LOW)
    raw.playable_area.p1.x = raw.playable_area.p1.y = int(PLAYABLE_HIGH)
    raw.pathing_grid.bits_per_pixel = 1
    raw.pathing_grid.data = np.packbits(game.world.terrain.pathing.T).tobytes()
    raw.terrain_height.bits_per_pixel = 8
    raw.terrain_height.data = height_grid(game.spec).T.tobytes()
    for grid in (raw.pathing_grid, raw.terrain_height):
        grid.size.x = grid.size.y = MAP_SIZE
    return info


def unit_types() -> sc2api_pb2.ResponseData:
    """Return the numbers of all types of unit, from which SMACv2 knows those of its agents: its map's are the last."""
    data = sc2api_pb2.ResponseData()
    data.units.extend(data_pb2.UnitTypeData(unit_id=number) for number in range(FIRST_AGENT_TYPE + SMACV2_KINDS))
    return data


def debug(game: Game, command: debug_pb2.DebugCommand) -> None:
    """Carry out a debug command. Nothing is drawn: there is no picture.

    Raises:
        ConfigError: it is none that the stand-in supports, or a unit cannot be created.
    """
    kind = command.WhichOneof("command")
    if kind == "kill_unit":
        game.kill(command.kill_unit.tag)
    elif kind == "create_unit":
        wanted = command.create_unit
        for _ in range(wanted.quantity):
            game.create(Creation(wanted.owner, wanted.unit_type, wanted.pos.x, wanted.pos.y))
    elif kind != "draw":
        raise ConfigError(f"the stand-in for StarCraft II does not support the debug command {kind}")


def execute(game: Game, action: sc2api_pb2.Action) -> int:
    """Give the order that the action holds; return the game's result code."""
    if not action.action_raw.HasField("unit_command"):
        return int(NOT_SUPPORTED)
    command = action.action_raw.unit_command
    point = command.target_world_space_pos if command.HasField("target_world_space_pos") else None
    target = command.target_unit_tag if command.HasField("target_unit_tag") else None
    if command.ability_id == STOP_ABILITY:
        accepted = game.stop(command.unit_tags)
    elif command.ability_id == MOVE_ABILITY and point is not None:
        accepted = game.move(command.unit_tags, point.x, point.y)
    elif command.ability_id == ATTACK_ABILITY and target is not None:
        accepted = game.attack(command.unit_tags, target)
    elif command.ability_id == HEAL_ABILITY and target is not None:
        accepted = game.heal(command.unit_tags, target)
    else:
        return int(NOT_SUPPORTED)
    return int(SUCCESS if accepted else FAILED)
