"""Random numbers of many episodes at once (SplitMix64, Steele et al. 2014): a pure function of seed and position."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""The distance between a generator's successive states."""
Bits = TypeVar("Bits", np.uint64, NDArray[np.uint64])


def draw_bits(seeds: NDArray[np.int64], first: int, count: int) -> NDArray[np.uint64]:
    """Return the random 64-bit numbers first … first + count − 1 of each seed's stream, [B, count]."""
    positions = np.arange(first + 1, first + count + 1, dtype=np.uint64)
    return mixed(mixed(seeds.astype(np.uint64))[:, None] + positions * GOLDEN)


def draw_integers(seeds: NDArray[np.int64], first: int, count: int, below: int) -> NDArray[np.int64]:
    """Return integers in 0 … below − 1, all equally likely up to 2⁻³² · below, [B, count]."""
    high = draw_bits(seeds, first, count) >> np.uint64(32)
    return (high * np.uint64(below) >> np.uint64(32)).astype(np.int64)


def draw_normals(seeds: NDArray[np.int64], first: int, count: int) -> NDArray[np.float64]:
    """Return standard normal numbers by Box and Muller's method, [B, count]; each uses two places of the stream."""
    uniform = ((draw_bits(seeds, first, 2 * count) >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    radius, angle = np.sqrt(-2 * np.log(uniform[:, :count])), 2 * np.pi * uniform[:, count:]
    normals: NDArray[np.float64] = radius * np.cos(angle)
    return normals


def mixed(z: Bits) -> Bits:
    """Return the random bits of a state. The simulator compiles this function, too."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
