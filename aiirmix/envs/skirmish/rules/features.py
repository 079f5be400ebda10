"""Observations and state of a battle (docs/smac_contract.md §2.2 to §2.4), in the order of `rules/layout.py`."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.map_spec import MAP_SIZE
from aiirmix.envs.protocol import Frame
from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.movement import distance
from aiirmix.envs.skirmish.kernel.orders import FIRST_TARGET, NORTH
from aiirmix.envs.skirmish.kernel.state import Battle, Records, Rules, Unit
from aiirmix.envs.skirmish.kernel.terrain import Terrain
from aiirmix.envs.skirmish.rules.layout import HEIGHT_FEATURES, MOVE_FEATURES, PATHING_FEATURES
from aiirmix.envs.skirmish.rules.masks import write_mask

Row = NDArray[np.float32]

SIGHT = 9.0
"""Cells within which an agent sees other units."""
MAP_CENTRE = MAP_SIZE / 2
PLAYABLE_SIZE = 28.0
AROUND = np.array([(0, 2), (0, -2), (2, 0), (-2, 0), (1, 1), (-1, -1), (1, -1), (-1, 1), (0, 0)])
"""Points at which an agent samples the terrain around its cell, in units of `move_amount`."""
BEYOND = 1.0
"""The value that SMAC reads beyond the map."""


@njit
def write_frame(rules: Rules, terrain: Terrain, battle: Battle, units: Records, frame: Frame, b: int) -> None:
    """Write observations, state and masks of battle b into its rows of the frame."""
    obs, state, avail = frame.obs[b], frame.state[b], frame.avail[b]
    obs[:] = 0.0
    state[:] = 0.0
    for i in range(rules.n_agents):
        frame.alive[b, i] = units[i].health > 0.0
        write_mask(rules, terrain.pathing, units, i, avail[i])
        if units[i].health > 0.0:
            write_observation(rules, terrain, units, i, avail[i], obs[i])
        if rules.obs_timestep_number:
            obs[i, -1] = battle.step / rules.episode_limit
    if rules.obs_instead_of_state:
        for i in range(rules.n_agents):
            for k in range(obs.shape[1]):
                state[i * obs.shape[1] + k] = obs[i, k]
    else:
        write_state(rules, battle, units, state)


@njit
def write_traits(row: Row, k: int, unit: Unit, shields: bool, bits: int) -> None:
    """Write shield and type of a unit, from row[k] on."""
    if shields and unit.shield_max > 0.0:
        row[k] = unit.shield / unit.shield_max
    if bits > 0:
        row[k + shields + unit.type_bit] = 1.0


@njit
def write_other(row: Row, k: int, unit: Unit, other: Unit, flag: bool, health: bool, shields: bool, bits: int) -> bool:
    """Write the features of another unit, from row[k] on, if the unit sees it; return whether it does."""
    if other.health <= 0.0:
        return False
    apart = distance(unit, other)
    if apart >= SIGHT:
        return False
    row[k] = flag
    row[k + 1] = apart / SIGHT
    row[k + 2] = (other.x - unit.x) / SIGHT
    row[k + 3] = (other.y - unit.y) / SIGHT
    if health:
        row[k + 4] = other.health / other.health_max
    write_traits(row, k + 4 + health, other, shields and health, bits)
    return True


@njit
def write_around(grid: NDArray[Any], reach: float, points: int, unit: Unit, row: Row, k: int) -> int:
    """Write the grid [x, y] at the first points AROUND the unit, from row[k] on; return where they end."""
    column, line = int(unit.x), int(unit.y)
    for point in range(points):
        x = math.floor(column + reach * AROUND[point, 0])
        y = math.floor(line + reach * AROUND[point, 1])
        on_map = 0 <= x < MAP_SIZE and 0 <= y < MAP_SIZE
        row[k + point] = grid[x, y] if on_map else BEYOND
    return k + points


@njit
def write_ground(rules: Rules, terrain: Terrain, unit: Unit, available: NDArray[np.bool_], row: Row) -> int:
    """Write where the unit can move and, depending on flags, the terrain around it; return where that ends."""
    for direction in range(NORTH, FIRST_TARGET):
        row[direction - NORTH] = available[direction]
    k = len(MOVE_FEATURES)
    if rules.obs_pathing_grid:
        k = write_around(terrain.pathing, rules.move_amount, PATHING_FEATURES, unit, row, k)
    if rules.obs_terrain_height:
        k = write_around(terrain.heights, rules.move_amount, HEIGHT_FEATURES, unit, row, k)
    return k


@njit
def write_observation(
    rules: Rules, terrain: Terrain, units: Records, i: int, available: NDArray[np.bool_], row: Row
) -> None:
    """Write living agent i's observation into a row of zeros (docs/smac_contract.md §2.2)."""
    unit: Unit = units[i]
    health = rules.obs_all_health
    k = write_ground(rules, terrain, unit, available, row)
    for e in range(rules.n_enemies):
        enemy: Unit = units[rules.n_agents + e]
        write_other(row, k, unit, enemy, available[FIRST_TARGET + e], health, rules.enemy_shields, rules.enemy_bits)
        k += rules.obs_enemy_width
    for a in range(rules.n_agents):
        if a != i:
            ally: Unit = units[a]
            seen = write_other(row, k, unit, ally, True, health, rules.ally_shields, rules.ally_bits)
            k += rules.obs_ally_width
            if rules.obs_last_action and seen and ally.last_action >= 0:
                row[k - rules.n_actions + ally.last_action] = 1.0
    if rules.obs_own_health:
        row[k] = unit.health / unit.health_max
        k += 1
    write_traits(row, k, unit, rules.ally_shields and rules.obs_own_health, rules.ally_bits)


@njit
def write_state(rules: Rules, battle: Battle, units: Records, row: Row) -> None:
    """Write the state into a row of zeros (docs/smac_contract.md §2.4)."""
    k = 0
    for i in range(len(units)):
        write_state_unit(rules, units[i], row, k)
        k += rules.state_enemy_width if units[i].hostile else rules.state_ally_width
    if rules.state_last_action:
        for i in range(rules.n_agents):
            if units[i].last_action >= 0:
                row[k + units[i].last_action] = 1.0
            k += rules.n_actions
    if rules.state_timestep_number:
        row[k] = battle.step / rules.episode_limit


@njit
def write_state_unit(rules: Rules, unit: Unit, row: Row, k: int) -> None:
    """Write a living unit's part of the state, from row[k] on."""
    if unit.health <= 0.0:
        return
    shields = rules.enemy_shields if unit.hostile else rules.ally_shields
    bits = rules.enemy_bits if unit.hostile else rules.ally_bits
    place = k + 1 if unit.hostile else k + 2
    row[k] = unit.health / unit.health_max
    if not unit.hostile:
        readiness = unit.energy if unit.heal_rate > 0.0 else unit.cooldown
        row[k + 1] = readiness / unit.cooldown_scale
    row[place] = (unit.x - MAP_CENTRE) / PLAYABLE_SIZE
    row[place + 1] = (unit.y - MAP_CENTRE) / PLAYABLE_SIZE
    write_traits(row, place + 2, unit, shields, bits)
