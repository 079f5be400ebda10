"""What a battle is made of: records in flat arrays, one [B] of battles and one [B, U] of units, allies first.

Each class is at once the documentation of its record, the static type of it and the source of its NumPy dtype.
"""

from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.flags import Flags
from aiirmix.envs.skirmish.catalog.tuning import Tuning
from aiirmix.envs.skirmish.catalog.units import UnitType

Records = NDArray[Any]
"""An array of the records below."""

IDLE, MOVE, ATTACK, HEAL = range(4)
NOBODY = -1


class Unit(UnitType):
    """A unit in a battle: its kind's constants, copied so that a unit knows everything about itself, and its state."""

    hostile: bool
    """It fights the agents."""
    type_bit: int
    """Which of its team's one-hot bits is its own."""

    x: float
    y: float
    body: float
    """Radius of what walkers cannot get into, somewhat less than `separation`."""
    health: float
    """0: dead."""
    shield: float
    energy: float
    pace: float
    """Speed at the moment."""
    looked: bool
    """It chose its heading in the loop before, and keeps it in this one."""
    heading: int
    """In which of the `HEADINGS` it walks, or NOWHERE."""
    side: int
    """To which side it is getting around a body in its way: 1 left, -1 right, 0 none."""

    order: int
    """IDLE, MOVE (to the goal), ATTACK or HEAL (the target)."""
    goal_x: float
    goal_y: float
    target: int
    """Index of a unit, or NOBODY."""

    cooldown: float
    """Loops until the next swing can start."""
    windup: float
    """Loops until the shot of the swing; below 0: not swinging."""
    recovery: float
    """Loops until the backswing ends."""
    shot_target: int
    """Whom the shot in flight will hit, or NOBODY. A shot lands before its unit can fire another."""
    shot_time: float
    """Loops until it lands."""
    fired_at: int
    """Whom it shot at or healed last, or NOBODY. Nothing in a battle depends on it: it is there to be watched."""
    shield_delay: float
    """Loops until the shield regenerates."""
    bursting: bool
    """It has died and is about to explode."""

    beam_time: float
    """Loops since its beams left for where they touch, or below 0: no beams."""
    beam_x: float
    """Middle of the line that they sweep."""
    beam_y: float
    beam_dx: float
    """Unit vector along that line."""
    beam_dy: float
    touched: np.uint64
    """Whom the first beam has hit, a bit for each opponent."""
    touched_back: np.uint64
    """Whom the second beam has hit; it sweeps the same line the other way."""

    script_target: int
    """Whom SMAC's scripted ally has chosen for it, or NOBODY."""
    last_action: int
    """-1 before the first."""
    counted: float
    """Health and shield when rewards were last counted; 0 once the death has been counted."""
    turn: int
    """Of units[k]: the index of the unit that acts k-th in this loop."""


class Dice:
    """A source of random numbers."""

    random: np.uint64
    """Its state."""


class Battle(Dice):
    """What a battle has besides units."""

    step: int
    over: bool


class Rules(Flags, Tuning):
    """What is the same in all battles of an environment: SMAC's flags, the open parameters, the map's sizes."""

    n_agents: int
    n_enemies: int
    n_actions: int
    episode_limit: int
    ally_shields: bool
    enemy_shields: bool
    ally_bits: int
    enemy_bits: int
    medivac_rules: bool
    goal_spread_x: float
    """How far the enemies' goal, which is drawn once in a battle, can lie from that at muster."""
    goal_spread_y: float
    agents_are_goal: bool
    shuffle_enemies: bool
    reward_divisor: float


def record(kind: type) -> np.dtype[np.void]:
    """The dtype of the records that the class describes."""
    formats = {float: np.float64, int: np.int64, bool: np.bool_, np.uint64: np.uint64}
    return np.dtype([(name, formats[hint]) for name, hint in get_type_hints(kind).items()], align=True)


def fill(target: Records | np.void, source: object) -> None:
    """Copies every field that the record `target` shares with `source`."""
    for name in target.dtype.names or ():
        if hasattr(source, name):
            target[name] = getattr(source, name)
