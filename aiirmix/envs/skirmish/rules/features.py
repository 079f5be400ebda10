"""Observations and state of a battle (docs/smac_contract.md §2.2 to §2.4, docs/smacv2.md).

Their order is that of `rules/layout.py`.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.map_spec import MAP_SIZE
from aiirmix.envs.protocol import Frame
from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.movement import distance
from aiirmix.envs.skirmish.kernel.orders import FIRST_VIEW, NORTH
from aiirmix.envs.skirmish.kernel.rng import exchange_generators
from aiirmix.envs.skirmish.kernel.state import Battle, Records, Rules, Unit
from aiirmix.envs.skirmish.kernel.terrain import Terrain
from aiirmix.envs.skirmish.rules.capabilities import is_hidden, shown_health, write_capabilities
from aiirmix.envs.skirmish.rules.layout import HEIGHT_FEATURES, MOVE_FEATURES, PATHING_FEATURES
from aiirmix.envs.skirmish.rules.masks import is_target, write_mask
from aiirmix.envs.skirmish.rules.sight import gaze_x, gaze_y, sees
from aiirmix.envs.skirmish.rules.spotting import forget_dead, shuffle_glances, spot

Row = NDArray[np.float32]

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
    if rules.spots:
        exchange_generators(battle)
        forget_dead(rules, units)
        shuffle_glances(rules, battle, units)
    for k in range(rules.n_agents):
        i = units[k].glance if rules.spots else k
        frame.alive[b, i] = units[i].health > 0.0
        write_mask(rules, terrain.pathing, units, i, avail[i])
        if units[i].health > 0.0 and rules.obs_starcraft:
            write_observation(rules, terrain, battle, units, i, avail[i], obs[i])
        if rules.obs_timestep_number:
            obs[i, -1] = battle.step / rules.episode_limit
    if rules.spots:
        exchange_generators(battle)
    if rules.obs_instead_of_state:
        for i in range(rules.n_agents):
            for k in range(obs.shape[1]):
                state[i * obs.shape[1] + k] = obs[i, k]
    else:
        write_state(rules, battle, units, state)


@njit
def write_shield(row: Row, k: int, unit: Unit, shields: bool) -> int:
    """Write the shield of a unit, if shields are shown, into row[k]; return what comes next."""
    if shields and unit.shield_max > 0.0:
        row[k] = unit.shield / unit.shield_max
    return k + shields


@njit
def write_view(rules: Rules, unit: Unit, row: Row, k: int) -> int:
    """Write the direction in which an agent looks, if it has one, from row[k] on; return what comes next."""
    if rules.n_views == 0:
        return k
    row[k], row[k + 1] = gaze_x(rules, unit), gaze_y(rules, unit)
    return k + 2


@njit
def write_type(row: Row, k: int, unit: Unit, bits: int) -> None:
    """Write the type of a unit, if there are types, from row[k] on."""
    if bits > 0:
        row[k + unit.type_bit] = 1.0


@njit
def is_shown(rules: Rules, unit: Unit, other: Unit) -> bool:
    """Return whether the unit observes the other."""
    return other.health > 0.0 and (rules.fully_observable or sees(rules, unit, other))


@njit
def write_place(row: Row, k: int, unit: Unit, other: Unit, flag: bool) -> int:
    """Write where another unit is, from row[k] on; return what comes next."""
    row[k] = flag
    row[k + 1] = distance(unit, other) / unit.sight
    row[k + 2] = (other.x - unit.x) / unit.sight
    row[k + 3] = (other.y - unit.y) / unit.sight
    return k + 4


@njit
def write_enemy(rules: Rules, row: Row, k: int, units: Records, i: int, enemy: Unit, flag: bool) -> None:
    """Write the features of an enemy that agent i observes, from row[k] on."""
    k = write_place(row, k, units[i], enemy, flag)
    if is_hidden(enemy, i):
        return
    if rules.obs_all_health:
        row[k] = enemy.health / enemy.health_max
        k = write_shield(row, k + 1, enemy, rules.enemy_shields)
    write_type(row, k, enemy, rules.enemy_bits)


@njit
def write_ally(rules: Rules, row: Row, k: int, unit: Unit, ally: Unit) -> None:
    """Write the features of another agent that is observed, from row[k] on."""
    k = write_place(row, k, unit, ally, True)
    if rules.obs_all_health:
        if rules.observe_capabilities or not rules.draws_health:
            row[k] = shown_health(rules, ally)
        k = write_shield(row, k + 1, ally, rules.ally_shields)
    k = write_capabilities(rules, ally, rules.observe_capabilities, row, k)
    write_type(row, k, ally, rules.ally_bits)


@njit
def write_enemies(
    rules: Rules, battle: Battle, units: Records, i: int, available: NDArray[np.bool_], row: Row, first: int
) -> int:
    """Write the enemies that living agent i observes, from row[first] on; return where they end."""
    unit: Unit = units[i]
    k = first
    for e in range(rules.n_enemies):
        enemy: Unit = units[rules.n_agents + e]
        may_see = not rules.spots or spot(rules, battle, units, i, rules.n_agents + e)
        if is_shown(rules, unit, enemy) and (may_see or rules.fully_observable):
            flag = available[rules.first_target + e] if rules.action_mask else is_target(rules, units, i, e)
            write_enemy(rules, row, k, units, i, enemy, flag)
        k += rules.obs_enemy_width
        if rules.obs_blanking and not may_see:
            row[first:k] = 0.0
    return k


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
    for direction in range(NORTH, FIRST_VIEW):
        row[direction - NORTH] = available[direction]
    k = len(MOVE_FEATURES)
    if rules.obs_pathing_grid:
        k = write_around(terrain.pathing, rules.move_amount, PATHING_FEATURES, unit, row, k)
    if rules.obs_terrain_height:
        k = write_around(terrain.heights, rules.move_amount, HEIGHT_FEATURES, unit, row, k)
    return k


@njit
def write_observation(
    rules: Rules, terrain: Terrain, battle: Battle, units: Records, i: int, available: NDArray[np.bool_], row: Row
) -> None:
    """Write living agent i's observation into a row of zeros (docs/smac_contract.md §2.2)."""
    unit: Unit = units[i]
    k = write_ground(rules, terrain, unit, available, row)
    k = write_enemies(rules, battle, units, i, available, row, k)
    for a in range(rules.n_agents):
        if a != i:
            ally: Unit = units[a]
            seen = is_shown(rules, unit, ally)
            if seen:
                write_ally(rules, row, k, unit, ally)
            k += rules.obs_ally_width
            if rules.obs_last_action and seen and ally.last_action >= 0:
                row[k - rules.n_actions + ally.last_action] = 1.0
    write_own(rules, unit, row, k)


@njit
def write_own(rules: Rules, unit: Unit, row: Row, k: int) -> None:
    """Write what a living agent observes of itself, from row[k] on."""
    if rules.obs_own_health:
        row[k] = shown_health(rules, unit)
        k = write_shield(row, k + 1, unit, rules.ally_shields)
    k = write_capabilities(rules, unit, True, row, k)
    if rules.obs_own_pos:
        row[k], row[k + 1] = unit.x / MAP_SIZE, unit.y / MAP_SIZE
        k += 2
    k = write_view(rules, unit, row, k)
    write_type(row, k, unit, rules.ally_bits)


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
    row[k] = unit.health / unit.health_max if unit.hostile else shown_health(rules, unit)
    if not unit.hostile:
        readiness = unit.energy if unit.heal_rate > 0.0 else unit.cooldown
        row[k + 1] = readiness / unit.cooldown_scale
    row[place] = (unit.x - MAP_CENTRE) / PLAYABLE_SIZE
    row[place + 1] = (unit.y - MAP_CENTRE) / PLAYABLE_SIZE
    k = write_shield(row, place + 2, unit, shields)
    if not unit.hostile:
        k = write_capabilities(rules, unit, True, row, k)
        k = write_view(rules, unit, row, k)
    write_type(row, k, unit, bits)
