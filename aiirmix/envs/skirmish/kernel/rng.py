"""Random numbers (SplitMix64): each battle has its own, and depends on its seed and its actions only."""

import numpy as np

from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.state import Dice, Records

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST_MIX = np.uint64(0xBF58476D1CE4E5B9)
SECOND_MIX = np.uint64(0x94D049BB133111EB)
SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
HALF = np.uint64(32)


@njit
def draw(dice: Dice) -> np.uint64:
    """64 random bits."""
    dice.random += GOLDEN
    bits = dice.random
    bits = (bits ^ (bits >> SHIFTS[0])) * FIRST_MIX
    bits = (bits ^ (bits >> SHIFTS[1])) * SECOND_MIX
    return bits ^ (bits >> SHIFTS[2])


@njit
def uniform(dice: Dice, low: float, high: float) -> float:
    """A number between `low` and `high`."""
    return low + (high - low) * float(draw(dice) >> HALF) / 2.0**32


@njit
def below(dice: Dice, n: int) -> int:
    """An integer from 0 to n - 1."""
    return int(((draw(dice) >> HALF) * np.uint64(n)) >> HALF)


@njit
def shuffle_turns(dice: Dice, units: Records) -> None:
    """Puts the units in a random order of acting (section 4.5)."""
    for k in range(len(units) - 1, 0, -1):
        other = below(dice, k + 1)
        units[k].turn, units[other].turn = units[other].turn, units[k].turn
