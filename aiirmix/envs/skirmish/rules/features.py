"""What agents and learners see of a battle: observations and state (contract, sections 2.2 to 2.4)."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import Frame
from aiirmix.envs.skirmish.catalog.maps import MAP_SIZE
from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.movement import distance
from aiirmix.envs.skirmish.kernel.orders import FIRST_TARGET, NORTH
from aiirmix.envs.skirmish.kernel.state import Battle, Records, Rules, Unit
from aiirmix.envs.skirmish.kernel.terrain import Terrain
from aiirmix.envs.skirmish.rules.masks import write_mask
from aiirmix.envs.skirmish.rules.sizes import HEIGHT_FEATURES, MOVE_FEATURES, PATHING_FEATURES

Row = NDArray[np.float32]

SIGHT = 9.0
MAP_CENTRE = MAP_SIZE / 2
PLAYABLE_SIZE = 28.0
AROUND = np.array([(0, 2), (0, -2), (2, 0), (-2, 0), (1, 1), (-1, -1), (1, -1), (-1, 1), (0, 0)])
"""Where an agent samples the terrain around its cell, in units of `move_amount`."""
BEYOND = 1.0
"""What SMAC reads there beyond the map."""


@njit
def write_frame(rules: Rules, terrain: Terrain, battle: Battle, units: Records, frame: Frame, b: int) -> None:
    """Writes everything that there is to see of battle b into its rows of the frame."""
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
    """Shield and type of a unit, from row[k] on."""
    if shields:
        row[k] = unit.shield / unit.shield_max
    if bits > 0:
        row[k + shields + unit.type_bit] = 1.0


@njit
def write_other(row: Row, k: int, unit: Unit, other: Unit, flag: bool, health: bool, shields: bool, bits: int) -> bool:
    """Flag, relative position and body of another unit, from row[k] on, if the unit sees it; returns whether."""
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
    """What the grid [x, y] holds at the first points AROUND the unit, from row[k] on; returns where they end."""
    column, line = int(unit.x), int(unit.y)
    for point in range(points):
        x = math.floor(column + reach * AROUND[point, 0])
        y = math.floor(line + reach * AROUND[point, 1])
        on_map = 0 <= x < MAP_SIZE and 0 <= y < MAP_SIZE
        row[k + point] = grid[x, y] if on_map else BEYOND
    return k + points


@njit
def write_ground(rules: Rules, terrain: Terrain, unit: Unit, available: NDArray[np.bool_], row: Row) -> int:
    """Where the unit can go, and the terrain around it as far as the flags say; returns where that ends."""
    for direction in range(NORTH, FIRST_TARGET):
        row[direction - NORTH] = available[direction]
    k = MOVE_FEATURES
    if rules.obs_pathing_grid:
        k = write_around(terrain.pathing, rules.move_amount, PATHING_FEATURES, unit, row, k)
    if rules.obs_terrain_height:
        k = write_around(terrain.heights, rules.move_amount, HEIGHT_FEATURES, unit, row, k)
    return k


@njit
def write_observation(
    rules: Rules, terrain: Terrain, units: Records, i: int, available: NDArray[np.bool_], row: Row
) -> None:
    """What living agent i sees, into a row of zeros (section 2.2)."""
    unit: Unit = units[i]
    health = rules.obs_all_health
    k = write_ground(rules, terrain, unit, available, row)
    for e in range(rules.n_enemies):
        enemy: Unit = units[rules.n_agents + e]
        write_other(row, k, unit, enemy, available[FIRST_TARGET + e], health, rules.enemy_shields, rules.enemy_bits)
        k += 4 + health * (1 + rules.enemy_shields) + rules.enemy_bits
    for a in range(rules.n_agents):
        if a != i:
            ally: Unit = units[a]
            seen = write_other(row, k, unit, ally, True, health, rules.ally_shields, rules.ally_bits)
            k += 4 + health * (1 + rules.ally_shields) + rules.ally_bits
            if rules.obs_last_action:
                if seen and ally.last_action >= 0:
                    row[k + ally.last_action] = 1.0
                k += rules.n_actions
    if rules.obs_own_health:
        row[k] = unit.health / unit.health_max
        k += 1
    write_traits(row, k, unit, rules.ally_shields and rules.obs_own_health, rules.ally_bits)


@njit
def write_state(rules: Rules, battle: Battle, units: Records, row: Row) -> None:
    """What the learner sees, into a row of zeros (section 2.4)."""
    k = 0
    for i in range(len(units)):
        k = write_state_unit(rules, units[i], row, k)
    if rules.state_last_action:
        for i in range(rules.n_agents):
            if units[i].last_action >= 0:
                row[k + units[i].last_action] = 1.0
            k += rules.n_actions
    if rules.state_timestep_number:
        row[k] = battle.step / rules.episode_limit


@njit
def write_state_unit(rules: Rules, unit: Unit, row: Row, k: int) -> int:
    """A unit's part of the state, all zeros if it is dead, from row[k] on; returns where the next one's begins."""
    shields = rules.enemy_shields if unit.hostile else rules.ally_shields
    bits = rules.enemy_bits if unit.hostile else rules.ally_bits
    place = k + 1 if unit.hostile else k + 2
    if unit.health > 0.0:
        row[k] = unit.health / unit.health_max
        if not unit.hostile:
            readiness = unit.energy if unit.heal_rate > 0.0 else unit.cooldown
            row[k + 1] = readiness / unit.cooldown_scale
        row[place] = (unit.x - MAP_CENTRE) / PLAYABLE_SIZE
        row[place + 1] = (unit.y - MAP_CENTRE) / PLAYABLE_SIZE
        write_traits(row, place + 2, unit, shields, bits)
    return place + 2 + shields + bits
