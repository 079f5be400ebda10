"""The game loop. A data second has 16 loops, an environment step 8 (docs/smac_contract.md §2.6).

In each loop the living units act one after another in a random order: an enemy chooses its order, then the unit carries
its order out (walks, swings, heals), which takes effect at once. Then shots land, and then all living units regenerate.
"""

from aiirmix.envs.skirmish.kernel.area import burst, sweep_beams
from aiirmix.envs.skirmish.kernel.combat import attack, heal, land_shot
from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.damage import regenerate
from aiirmix.envs.skirmish.kernel.draft import draft_units
from aiirmix.envs.skirmish.kernel.enemy import think
from aiirmix.envs.skirmish.kernel.movement import place, walk
from aiirmix.envs.skirmish.kernel.rng import below, shuffle_turns, uniform
from aiirmix.envs.skirmish.kernel.roster import Roster
from aiirmix.envs.skirmish.kernel.state import ATTACK, HEAL, MOVE, Battle, Records, Rules, Unit
from aiirmix.envs.skirmish.kernel.terrain import Terrain


@njit
def start(rules: Rules, terrain: Terrain, battle: Battle, units: Records, roster: Roster) -> None:
    """Start a battle and play its first loop (docs/smac_contract.md §3.5)."""
    battle.clock = 0
    if len(roster.cumulative) > 0:
        draft_units(rules, terrain, battle, units, roster)
    else:
        copy_units(rules, terrain, battle, units, roster.units)
    for i in range(rules.n_agents):
        units[i].glance = i
    battle.step, battle.over = 0, False
    play_loop(rules, terrain, battle, units)


@njit
def copy_units(rules: Rules, terrain: Terrain, battle: Battle, units: Records, initial: Records) -> None:
    """Make a battle's units those that the map always begins with."""
    for i in range(len(units)):
        units[i] = initial[i]
        if rules.shuffle_enemies and i > rules.n_agents:
            earlier = rules.n_agents + below(battle, i + 1 - rules.n_agents)
            units[i] = units[earlier]
            units[earlier] = initial[i]
    if rules.goal_spread_x != 0.0 or rules.goal_spread_y != 0.0:
        draw_goal(rules, battle, units)
    jitter_places(rules, terrain, battle, units)


@njit
def jitter_places(rules: Rules, terrain: Terrain, battle: Battle, units: Records) -> None:
    """Move every enemy a little from its place in the formation, so that no battle hangs on ties between places.

    Agents keep theirs: SMAC numbers them by place, so that jitter would exchange them.
    """
    reach = rules.formation_jitter
    for i in range(rules.n_agents, len(units)):
        x, y = units[i].x + uniform(battle, -reach, reach), units[i].y + uniform(battle, -reach, reach)
        if units[i].speed > 0.0:
            place(terrain, units[i], x, y)


@njit
def draw_goal(rules: Rules, battle: Battle, units: Records) -> None:
    """Draw the enemies' goal on the line that starts at their initial goal."""
    fraction = uniform(battle, 0.0, 1.0)
    for i in range(rules.n_agents, len(units)):
        units[i].goal_x += fraction * rules.goal_spread_x
        units[i].goal_y += fraction * rules.goal_spread_y


@njit
def play_loop(rules: Rules, terrain: Terrain, battle: Battle, units: Records) -> None:
    """Play one loop, a sixteenth of a data second."""
    shuffle_turns(battle, units)
    for k in range(len(units)):
        i = units[k].turn
        if units[i].health > 0.0:
            act(rules, terrain, battle, units, i)
    for i in range(len(units)):
        apply_delayed_effects(rules, units, i)
    for i in range(len(units)):
        if units[i].health > 0.0:
            regenerate(units[i])
    battle.clock += 1


@njit
def apply_delayed_effects(rules: Rules, units: Records, i: int) -> None:
    """Apply the delayed effects of unit i: a shot in flight, beams, its own explosion."""
    unit: Unit = units[i]
    land_shot(rules, units, i)
    if unit.beam_time >= 0.0:
        sweep_beams(rules, units, i)
    if unit.bursting:
        burst(rules, units, i)


@njit
def act(rules: Rules, terrain: Terrain, battle: Battle, units: Records, i: int) -> None:
    """Let unit i choose (enemies only) and carry out its order for one loop."""
    unit: Unit = units[i]
    if unit.hostile:
        think(rules, battle, units, i)
    if unit.order == MOVE:
        walk(terrain, units, i, unit.goal_x, unit.goal_y)
    elif unit.order == ATTACK and units[unit.target].health > 0.0:
        attack(rules, terrain, battle, units, i)
    elif unit.order == HEAL and units[unit.target].health > 0.0:
        heal(rules, terrain, units, i)
    else:
        unit.pace = 0.0
