"""The course of a battle. A data second has 16 loops, an environment step 8 (section 2.6).

In each loop the living units act one after another in a random order: an enemy thinks, then the unit carries its order
out (walks, swings, heals), and what it does takes effect at once. Then shots land, and then everybody regenerates.
"""

from aiirmix.envs.skirmish.kernel.area import burst, sweep_beams
from aiirmix.envs.skirmish.kernel.combat import attack, heal, land_shot
from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.damage import regenerate
from aiirmix.envs.skirmish.kernel.enemy import think
from aiirmix.envs.skirmish.kernel.movement import walk
from aiirmix.envs.skirmish.kernel.rng import below, shuffle_turns, uniform
from aiirmix.envs.skirmish.kernel.state import ATTACK, HEAL, MOVE, Battle, Records, Rules, Unit
from aiirmix.envs.skirmish.kernel.terrain import Terrain

LOOPS_PER_STEP = 8


@njit
def start(rules: Rules, terrain: Terrain, battle: Battle, units: Records, muster: Records) -> None:
    """Sets up the units as they stand at muster; SMAC first sees them when they are a loop old (section 3.5)."""
    for i in range(len(units)):
        units[i] = muster[i]
        if rules.shuffle_enemies and i > rules.n_agents:
            earlier = rules.n_agents + below(battle, i + 1 - rules.n_agents)
            units[i] = units[earlier]
            units[earlier] = muster[i]
    if rules.goal_spread_x != 0.0 or rules.goal_spread_y != 0.0:
        draw_goal(rules, battle, units)
    battle.step, battle.over = 0, False
    play_loop(rules, terrain, battle, units)


@njit
def draw_goal(rules: Rules, battle: Battle, units: Records) -> None:
    """Sends the enemies to a random point of the line from the goal that they have."""
    share = uniform(battle, 0.0, 1.0)
    for i in range(rules.n_agents, len(units)):
        units[i].goal_x += share * rules.goal_spread_x
        units[i].goal_y += share * rules.goal_spread_y


@njit
def play_loop(rules: Rules, terrain: Terrain, battle: Battle, units: Records) -> None:
    """One sixteenth of a data second."""
    shuffle_turns(battle, units)
    for k in range(len(units)):
        i = units[k].turn
        if units[i].health > 0.0:
            act(rules, terrain, battle, units, i)
    for i in range(len(units)):
        strike(rules, units, i)
    for i in range(len(units)):
        if units[i].health > 0.0:
            regenerate(units[i])


@njit
def strike(rules: Rules, units: Records, i: int) -> None:
    """What unit i set off earlier and takes effect after a time: a shot, beams, its own explosion."""
    unit: Unit = units[i]
    land_shot(rules, units, i)
    if unit.beam_time >= 0.0:
        sweep_beams(rules, units, i)
    if unit.bursting:
        burst(rules, units, i)


@njit
def act(rules: Rules, terrain: Terrain, battle: Battle, units: Records, i: int) -> None:
    """One unit's part of a loop."""
    unit: Unit = units[i]
    if unit.hostile:
        think(rules, units, i)
    if unit.order == MOVE:
        walk(terrain, units, i, unit.goal_x, unit.goal_y)
    elif unit.order == ATTACK and units[unit.target].health > 0.0:
        attack(rules, terrain, battle, units, i)
    elif unit.order == HEAL and units[unit.target].health > 0.0:
        heal(rules, terrain, units, i)
    else:
        unit.pace = 0.0
