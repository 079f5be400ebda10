"""Random numbers (SplitMix64). Each battle has its own, which depend on its seed and its actions only."""

import numpy as np

from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.state import Records, Rng

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST_MIX = np.uint64(0xBF58476D1CE4E5B9)
SECOND_MIX = np.uint64(0x94D049BB133111EB)
SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
HALF = np.uint64(32)


@njit
def draw(rng: Rng) -> np.uint64:
    """Return 64 random bits."""
    rng.rng_state += GOLDEN
    bits = rng.rng_state
    bits = (bits ^ (bits >> SHIFTS[0])) * FIRST_MIX
    bits = (bits ^ (bits >> SHIFTS[1])) * SECOND_MIX
    return bits ^ (bits >> SHIFTS[2])


@njit
def uniform(rng: Rng, low: float, high: float) -> float:
    """Return a number between `low` and `high`."""
    return low + (high - low) * float(draw(rng) >> HALF) / 2.0**32


@njit
def below(rng: Rng, n: int) -> int:
    """Return an integer from 0 to n - 1."""
    return int(((draw(rng) >> HALF) * np.uint64(n)) >> HALF)


@njit
def shuffle_turns(rng: Rng, units: Records) -> None:
    """Put the units in a random order of acting (docs/smac_contract.md §4.5)."""
    for k in range(len(units) - 1, 0, -1):
        other = below(rng, k + 1)
        units[k].turn, units[other].turn = units[other].turn, units[k].turn
