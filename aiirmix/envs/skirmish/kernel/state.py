"""The records of battles, in flat arrays: one [B] of battles and one [B, U] of units, agents first.

Each class documents its record, is its static type and defines its NumPy dtype.
"""

from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.smacv2_flags import Smacv2Flags
from aiirmix.envs.skirmish.catalog.tuning import Tuning
from aiirmix.envs.skirmish.catalog.units import UnitType

Records = NDArray[Any]
"""An array of the records below."""

IDLE, MOVE, ATTACK, HEAL = range(4)
NOBODY = -1


class Unit(UnitType):
    """A unit in a battle: a copy of its kind's constants, and its state."""

    hostile: bool
    """Whether it fights the agents."""
    type_bit: int
    """Index of its kind among its side's one-hot bits."""

    x: float
    y: float
    body: float
    """Radius of the part that walkers cannot enter, somewhat less than `separation`."""
    health: float
    """0 if it is dead."""
    shield: float
    energy: float
    pace: float
    """Current speed."""
    looked: bool
    """Whether it chose its heading in the loop before; it then keeps it in this one."""
    heading: int
    """Index of the heading in which it walks (`movement.HEADINGS`), or NOWHERE."""
    side: int
    """The side on which it is passing a body in its way: 1 left, -1 right, 0 none."""

    order: int
    """IDLE, MOVE (to the goal), ATTACK or HEAL (the target)."""
    goal_x: float
    goal_y: float
    target: int
    """Index of a unit, or NOBODY."""

    cooldown: float
    """Loops until the next swing can start."""
    windup: float
    """Loops until the shot of the swing; below 0 if it is not swinging."""
    recovery: float
    """Loops until the backswing ends."""
    shot_target: int
    """Index of the unit that the shot in flight will hit, or NOBODY. A shot lands before its unit can fire another."""
    shot_time: float
    """Loops until it lands."""
    fired_at: int
    """Index of the unit that it last shot at or healed, or NOBODY. Only viewers read it."""
    shield_delay: float
    """Loops until the shield regenerates."""
    bursting: bool
    """Whether it has died and is about to explode."""

    beam_time: float
    """Loops since its beams were fired; below 0 if there are none."""
    beam_x: float
    """x of the middle of the line that the beams sweep."""
    beam_y: float
    beam_dx: float
    """x of the unit vector along that line."""
    beam_dy: float
    touched: np.uint64
    """Opponents that the first beam has hit, one bit each."""
    touched_back: np.uint64
    """Opponents that the second beam has hit, which sweeps the line in the opposite direction."""

    sight: float
    """Cells within which it sees other units, as an agent."""
    reach: float
    """Cells up to which it may choose targets, as an agent."""
    gaze: int
    """Index of the direction in which it looks, as an agent with a field of view."""
    spotter: int
    """Index of the agent that first saw it, as an enemy, or NOBODY (docs/smacv2.md)."""
    shown: np.uint64
    """Agents that may see it, as an enemy, one bit each."""
    hidden: np.uint64
    """Agents from which its health and kind are hidden, as an enemy, one bit each (`enemy_mask`)."""
    accuracy: float
    """Probability that it sends an order to attack or heal, as an agent (`attack`)."""
    death_level: float
    """Fraction of its health below which it dies, as an agent (`health`)."""
    weak: bool
    """Whether it was below that level at the last timestep."""
    glance: int
    """In units[k]: the index of the agent that looks around k-th in this timestep."""

    script_target: int
    """Index of the target that SMAC's scripted ally chose for it, or NOBODY."""
    script_x: float
    """x at the last timestep at which the scripted ally saw it alive, in the game's single precision."""
    script_y: float
    last_action: int
    """-1 before the first action."""
    counted: float
    """Health plus shield when rewards were last counted; 0 once the death has been counted."""
    dealt: float
    """Damage that it did in this step, plus `reward_death_value` for each unit that it killed."""
    healed: float
    """Health that it restored in this step."""
    absorbed: float
    """Damage done to it in this step."""
    turn: int
    """In units[k]: the index of the unit that acts k-th in this loop."""


class Rng:
    """A random number generator."""

    rng_state: np.uint64


class Battle(Rng):
    """The part of a battle that belongs to no unit."""

    look_state: np.uint64
    """The state of a second generator, for what SMAC's class draws and not the game: who sees what, who sends an order.
    So what is observed changes no battle."""
    step: int
    over: bool
    clock: int
    """Loops that have been played; on maps with enemies that hunt, from a random start."""


class Rules(Smacv2Flags, Tuning):
    """Settings shared by all battles of an environment: SMAC's flags, the tuned parameters, the map's sizes."""

    obs_own_pos: bool
    use_unit_ranges: bool
    obs_blanking: bool
    n_views: int
    """Directions in which an agent can look, and actions to turn there; 0 without a field of view."""
    first_target: int
    """The first action that means a target."""
    draws_attack: bool
    attack_low: float
    attack_high: float
    draws_health: bool
    health_low: float
    health_high: float
    enemy_mask: float
    observe_capabilities: bool
    spots: bool
    """Whether agents that see an enemy later than another agent may be kept from seeing it."""

    n_agents: int
    n_enemies: int
    n_actions: int
    episode_limit: int
    ally_shields: bool
    enemy_shields: bool
    ally_bits: int
    enemy_bits: int
    obs_enemy_width: int
    """Features of an enemy in an observation; this width and the following are those of `rules/layout.py`."""
    obs_ally_width: int
    state_ally_width: int
    state_enemy_width: int
    medivac_rules: bool
    goal_spread_x: float
    """Extent of the line from the enemies' initial goal on which their goal is drawn once per battle."""
    goal_spread_y: float
    agents_are_goal: bool
    enemies_hunt: bool
    smacv2: bool
    surrounded: float
    placed: bool
    """Whether the kinds and places of units are given, where otherwise they would be drawn."""
    shuffle_enemies: bool
    sort_enemies: bool
    reward_divisor: float


def record(kind: type) -> np.dtype[np.void]:
    """Return the dtype of the records that the class describes."""
    formats = {float: np.float64, int: np.int64, bool: np.bool_, np.uint64: np.uint64}
    return np.dtype([(name, formats[hint]) for name, hint in get_type_hints(kind).items()], align=True)


def fill(target: Records | np.void, source: object) -> None:
    """Copy every field that the record `target` shares with `source`, unless it is None there."""
    for name in target.dtype.names or ():
        if getattr(source, name, None) is not None:
            target[name] = getattr(source, name)
