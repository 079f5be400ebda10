"""Expand ranges of seeds: `seed=0-4` becomes `seed=0,1,2,3,4`.

Hydra has a range of its own, which works, too: `seed=range(0,5)`. It cannot replace this one. A shell takes its
parentheses for a subshell, so that it needs quotes; it excludes its end; and the other lists of Hydra cannot hold one
(`seed=0-2,7`). To Hydra, `0-4` is a string.
"""

import re

from aiirmix.common.errors import ConfigError

_ITEM = r"\d+(?:-\d+)?"
_SEEDS = re.compile(rf"(?P<key>(?:\+\+)?seed)=(?P<items>{_ITEM}(?:,{_ITEM})*)")


def expand_seeds(argument: str) -> str:
    """Return the argument with every range of seeds expanded; return any other argument unchanged.

    Raises:
        ConfigError: a range ends before it starts.
    """
    match = _SEEDS.fullmatch(argument)
    if match is None:
        return argument
    seeds = [seed for item in match["items"].split(",") for seed in _seeds(item, argument)]
    return f"{match['key']}={','.join(seeds)}"


def _seeds(item: str, argument: str) -> list[str]:
    first, dash, last = item.partition("-")
    if not dash:
        return [item]
    if int(first) > int(last):
        raise ConfigError(f"{argument}: the range {item} is empty; write {last}-{first}")
    return [str(seed) for seed in range(int(first), int(last) + 1)]
