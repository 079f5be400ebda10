"""Random numbers (SplitMix64). Each battle has its own, which depend on its seed and its actions only."""

import numpy as np

from aiirmix.envs.counter_rng import GOLDEN, mixed
from aiirmix.envs.skirmish.kernel.compiled import njit
from aiirmix.envs.skirmish.kernel.state import Battle, Records, Rng

HALF = np.uint64(32)

mix = njit(mixed)


@njit
def draw(rng: Rng) -> np.uint64:
    """Return 64 random bits."""
    rng.rng_state += GOLDEN
    return mix(rng.rng_state)


@njit
def uniform(rng: Rng, low: float, high: float) -> float:
    """Return a number between `low` and `high`."""
    return low + (high - low) * float(draw(rng) >> HALF) / 2.0**32


@njit
def exchange_generators(battle: Battle) -> None:
    """Let what follows draw from the battle's second generator, or afterwards from the game's own again."""
    battle.rng_state, battle.look_state = battle.look_state, battle.rng_state


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
