"""Draws the teams and the places of a battle (docs/smacv2.md).

All random numbers are the battle's own, in this order: the agents' kinds, those of the enemies that outnumber them, the
kind of start, places, the order of the enemies if it is shuffled, and the clock.
"""

from aiirmix.envs.contract.map_spec import MAP_SIZE, PLAYABLE_HIGH, PLAYABLE_LOW
from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.enemy import HUNT_PERIOD
from aiirmix.envs.skirmish.kernel.movement import is_ground
from aiirmix.envs.skirmish.kernel.rng import below, uniform
from aiirmix.envs.skirmish.kernel.roster import Roster
from aiirmix.envs.skirmish.kernel.state import Battle, Records, Rules, Unit
from aiirmix.envs.skirmish.kernel.terrain import Terrain

CENTRE = MAP_SIZE / 2
GAP = 1.0
"""Cells between the middle of the map and agents that stand opposite to their enemies."""
NEAREST_GROUP = 2.0
"""How near surrounding enemies come to the centre on each axis; the farthest stand in the corners of the map."""
CORNERS = 4


@njit
def draft_units(rules: Rules, terrain: Terrain, battle: Battle, units: Records, roster: Roster) -> None:
    """Make a battle's units: draw kinds and places unless they are given, order them, give each what its kind has."""
    if not rules.placed:
        draw_units(rules, battle, units, roster)
    for i in range(len(units)):
        put(units[i], units[i].x, units[i].y)
        settle(terrain, units, i, roster)
    sort_units(units, roster, 0, rules.n_agents)
    if rules.sort_enemies:
        sort_units(units, roster, rules.n_agents, len(units))
    if rules.shuffle_enemies:
        for i in range(rules.n_agents + 1, len(units)):
            exchange(units, i, rules.n_agents + below(battle, i + 1 - rules.n_agents))
    for i in range(len(units)):
        equip(units, i, roster, i >= rules.n_agents)
    battle.clock = below(battle, HUNT_PERIOD)


@njit
def draw_units(rules: Rules, battle: Battle, units: Records, roster: Roster) -> None:
    """Draw the kinds and the places of a battle's units."""
    draw_kinds(rules, battle, units, roster)
    if uniform(battle, 0.0, 1.0) < rules.surrounded:
        surround(rules, battle, units)
    else:
        reflect(rules, battle, units)


@njit
def draw_kinds(rules: Rules, battle: Battle, units: Records, roster: Roster) -> None:
    """Draw the agents' kinds. The enemies' are the same, as far as there are as many; more are a draw of their own."""
    draw_team(battle, units, roster, 0, rules.n_agents)
    paired = min(rules.n_agents, rules.n_enemies)
    for i in range(paired):
        units[rules.n_agents + i].type_bit = units[i].type_bit
    if rules.n_enemies > paired:
        draw_team(battle, units, roster, rules.n_agents + paired, len(units))


@njit
def draw_team(battle: Battle, units: Records, roster: Roster, first: int, last: int) -> None:
    """Draw the kinds of units first … last - 1, again and again while all of them are kinds that are never alone."""
    others = 0
    while others == 0:
        for i in range(first, last):
            units[i].type_bit = draw_kind(battle, roster)
            others += not roster.never_alone[units[i].type_bit]


@njit
def draw_kind(battle: Battle, roster: Roster) -> int:
    """Draw a kind by its probability; return its bit."""
    bit, drawn = 0, uniform(battle, 0.0, 1.0)
    while drawn >= roster.cumulative[bit]:
        bit += 1
    return bit


@njit
def reflect(rules: Rules, battle: Battle, units: Records) -> None:
    """Place the agents anywhere in the western half, and each enemy where its agent is seen in a mirror.

    Enemies that outnumber the agents stand anywhere in the eastern half.
    """
    for i in range(rules.n_agents):
        put(units[i], uniform(battle, 0.0, CENTRE - GAP), uniform(battle, 0.0, MAP_SIZE))
    for i in range(rules.n_agents, len(units)):
        if i < 2 * rules.n_agents:
            agent: Unit = units[i - rules.n_agents]
            put(units[i], MAP_SIZE - agent.x, agent.y)
        else:
            put(units[i], uniform(battle, CENTRE, MAP_SIZE), uniform(battle, 0.0, MAP_SIZE))


@njit
def surround(rules: Rules, battle: Battle, units: Records) -> None:
    """Place the agents in the centre, and one to four groups of enemies on as many of the map's diagonals.

    Each enemy is in any of the groups with the same probability; in the order of creation, group follows group.
    """
    for i in range(rules.n_agents):
        put(units[i], CENTRE, CENTRE)
    groups, first, taken = 1 + below(battle, CORNERS), rules.n_agents, 0
    for left in range(groups, 0, -1):
        corner = free_corner(taken, below(battle, CORNERS - groups + left))
        taken |= 1 << corner
        away = CENTRE + (NEAREST_GROUP - CENTRE) * uniform(battle, 0.0, 1.0)
        last = first
        for _ in range(first, len(units)):
            last += below(battle, left) == 0
        for i in range(first, last):
            put(units[i], CENTRE + (away if corner & 1 else -away), CENTRE + (away if corner & 2 else -away))
        first = last


@njit
def free_corner(taken: int, skipped: int) -> int:
    """Return the corner, out of those whose bit is not `taken`, before which as many others as `skipped` are free."""
    corner = 0
    while taken >> corner & 1 or skipped > 0:
        skipped -= 1 - (taken >> corner & 1)
        corner += 1
    return corner


@njit
def put(unit: Unit, x: float, y: float) -> None:
    """Place the unit at (x, y), or at the nearest point of the playable area."""
    unit.x = min(max(x, PLAYABLE_LOW), PLAYABLE_HIGH)
    unit.y = min(max(y, PLAYABLE_LOW), PLAYABLE_HIGH)


@njit
def settle(terrain: Terrain, units: Records, i: int, roster: Roster) -> None:
    """Move unit i to the nearest place of the grid around it that is walkable and that no earlier unit has taken."""
    x, y = units[i].x, units[i].y
    for step in range(len(roster.grid)):
        at_x, at_y = x + roster.grid[step, 0], y + roster.grid[step, 1]
        inside = min(at_x, at_y) >= PLAYABLE_LOW and max(at_x, at_y) <= PLAYABLE_HIGH
        if inside and is_free_place(terrain, units, i, roster, at_x, at_y):
            units[i].x, units[i].y = at_x, at_y
            return


@njit
def is_free_place(terrain: Terrain, units: Records, i: int, roster: Roster, x: float, y: float) -> bool:
    """Return whether unit i can stand at (x, y) beside the units before it."""
    kind: Unit = roster.units[units[i].type_bit]
    free = is_ground(terrain, kind, x, y)
    for j in range(i):
        other: Unit = roster.units[units[j].type_bit]
        reach = kind.separation + other.separation
        apart = (units[j].x - x) ** 2 + (units[j].y - y) ** 2
        free = free and (apart >= reach * reach or other.air != kind.air or other.strides != kind.strides)
    return free


@njit
def sort_units(units: Records, roster: Roster, first: int, last: int) -> None:
    """Sort units first … last - 1 by kind, x and y, as SMAC sorts the agents (docs/smac_contract.md §2.7)."""
    for end in range(first + 1, last):
        i = end
        while i > first and is_before(units[i], units[i - 1], roster):
            exchange(units, i, i - 1)
            i -= 1


@njit
def is_before(unit: Unit, other: Unit, roster: Roster) -> bool:
    """Return whether the unit is listed before the other."""
    rank, others = roster.rank[unit.type_bit], roster.rank[other.type_bit]
    if rank != others:
        return bool(rank < others)
    return unit.x < other.x or (unit.x == other.x and unit.y < other.y)


@njit
def exchange(units: Records, i: int, j: int) -> None:
    """Exchange what is drawn of two units."""
    one: Unit = units[i]
    other: Unit = units[j]
    one.type_bit, other.type_bit = other.type_bit, one.type_bit
    one.x, other.x = other.x, one.x
    one.y, other.y = other.y, one.y


@njit
def equip(units: Records, i: int, roster: Roster, hostile: bool) -> None:
    """Make unit i a fresh unit of its kind, where it stands."""
    x, y = units[i].x, units[i].y
    units[i] = roster.units[units[i].type_bit]
    unit: Unit = units[i]
    unit.x, unit.y = unit.goal_x, unit.goal_y = x, y
    unit.hostile, unit.turn = hostile, i
