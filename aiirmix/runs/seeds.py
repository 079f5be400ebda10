"""The seeds that are reserved for tuning: nothing is reported of a seed that settings were chosen by."""

from collections.abc import Iterable

from aiirmix.common.errors import ConfigError

FIRST, MOST = 1000, 1000
"""The first of them, and how many there are."""


def tuning_seeds(number: int) -> range:
    """Return the first seeds for tuning, from 1000 on.

    Raises:
        ConfigError: there are not so many.
    """
    if number > MOST:
        raise ConfigError(f"there are {MOST} seeds for tuning, {FIRST} to {FIRST + MOST - 1}; {number} are too many")
    return range(FIRST, FIRST + number)


def is_for_tuning(seed: int) -> bool:
    """Return whether the seed is reserved for tuning."""
    return FIRST <= seed < FIRST + MOST


def refuse_tuning_seeds(seeds: Iterable[int], what: str) -> None:
    """Check that none of these seeds is reserved for tuning.

    Raises:
        ConfigError: one is; the message says what has to have others.
    """
    for seed in seeds:
        if is_for_tuning(seed):
            raise ConfigError(
                f"seed {seed} is for tuning, like all from {FIRST} to {FIRST + MOST - 1}; {what} other seeds, e.g. 0-4"
            )
