"""Units as StarCraft II's raw interface shows them to SMAC (docs/smac_contract.md §2.3, §7.5)."""

from typing import NamedTuple

import numpy as np

from aiirmix.envs.contract.map_spec import MapSpec

AGENT, ENEMY = 1, 2
FIRST_AGENT_TYPE = 1970
"""Agents' units have types of their own: on SMAC's maps in the order of the one-hot bits; where teams are drawn one for
each of `DRAFT_KINDS`. The first number varies."""
STOCK_TYPES = {
    "baneling": 9,
    "colossus": 4,
    "hydralisk": 107,
    "marauder": 51,
    "marine": 48,
    "medivac": 54,
    "spine_crawler": 98,
    "stalker": 74,
    "zealot": 73,
    "zergling": 105,
}


DRAFT_KINDS = (*sorted(STOCK_TYPES.keys() - {"spine_crawler"}), "spine_crawler")
"""All kinds in the order of their types where teams are drawn: SMACv2's nine, which its map has, and one of ours."""


class Position(NamedTuple):
    """In cells from the map's south-west corner."""

    x: float
    y: float


class RawUnit(NamedTuple):
    """A unit at one timestep."""

    kind: str
    """The name of its type, which the game does not show."""
    owner: int
    """AGENT or ENEMY."""
    tag: int
    """Its number in the battle."""
    unit_type: int
    pos: Position
    health: float
    health_max: float
    shield: float
    shield_max: float
    energy: float
    weapon_cooldown: float
    """In game loops."""


def agent_kinds(spec: MapSpec) -> tuple[str, ...]:
    """Return the kinds that agents can have, in the order of the one-hot bits."""
    return spec.ally_bits or (spec.allies[0].unit,)


def agent_type(spec: MapSpec, kind: str) -> int:
    """Return the type number of agents of this kind."""
    return FIRST_AGENT_TYPE + (DRAFT_KINDS if spec.draft else agent_kinds(spec)).index(kind)


def raw_unit(spec: MapSpec, tag: int, unit: np.void) -> RawUnit:
    """Return the unit of a record of the engine."""
    kinds = spec.enemy_bits or (spec.enemies[0].unit,) if unit["hostile"] else agent_kinds(spec)
    kind = kinds[unit["type_bit"]]
    return RawUnit(
        kind,
        ENEMY if unit["hostile"] else AGENT,
        tag,
        STOCK_TYPES[kind] if unit["hostile"] else agent_type(spec, kind),
        Position(float(unit["x"]), float(unit["y"])),
        *(float(unit[name]) for name in ("health", "health_max", "shield", "shield_max", "energy", "cooldown")),
    )
