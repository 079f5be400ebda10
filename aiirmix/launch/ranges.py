"""Read seeds and names as they are typed, where Hydra would read something else.

`seed=0-4` becomes `seed=range(0,5)`, and `name=1e5` becomes `name='1e5'`: to Hydra, `0-4` is a string and `1e5` is a
number. Hydra's own range works, too, but it cannot replace ours. A shell takes its parentheses for a subshell, so that
it needs quotes; it excludes its end; and the other lists of Hydra cannot hold one (`seed=0-2,7`).
"""

import re

from aiirmix.common.errors import ConfigError
from aiirmix.launch.schema import GREATEST_SEED

_ITEM = r"\d+(?:-\d+)?"
_SEEDS = re.compile(rf"(?P<key>(?:\+\+)?seed)=(?P<items>{_ITEM}(?:,{_ITEM})*)", re.ASCII)

_DIGITS = 20
"""More digits than any seed has, leading zeros included."""

_WORD = r"(?!null(?:,|$))[A-Za-z0-9._+-]+"
_NAMES = re.compile(rf"(?P<key>(?:\+\+)?name)=(?P<words>{_WORD}(?:,{_WORD})*)")


def as_typed(argument: str) -> str:
    """Return the argument in Hydra's words if it is a list of seeds or of names; return any other unchanged.

    Raises:
        ConfigError: a range of seeds ends before it starts, or a seed is too large.
    """
    names = _NAMES.fullmatch(argument)
    if names:
        quoted = (f"'{word}'" for word in names["words"].split(","))
        return f"{names['key']}={','.join(quoted)}"
    return expand_seeds(argument)


def expand_seeds(argument: str) -> str:
    """Return the argument with every range of seeds expanded; return any other argument unchanged.

    Raises:
        ConfigError: a range ends before it starts, or a seed is too large.
    """
    match = _SEEDS.fullmatch(argument)
    if match is None:
        return argument
    ranges = [_range(item, argument) for item in match["items"].split(",")]
    if len(ranges) == 1 and len(ranges[0]) > 1:
        # Hydra needs half a millisecond to read each value of a list.
        return f"{match['key']}=range({ranges[0].start},{ranges[0].stop})"
    return f"{match['key']}={','.join(str(seed) for seeds in ranges for seed in seeds)}"


def _range(item: str, argument: str) -> range:
    first, _, last = item.partition("-")
    if max(len(first), len(last)) > _DIGITS or int(last or first) > GREATEST_SEED:
        raise ConfigError(f"seed must be at most {GREATEST_SEED}, not {item}")
    start, end = int(first), int(last or first)
    if start > end:
        raise ConfigError(f"{argument}: the range {item} is empty; write {last}-{first}")
    return range(start, end + 1)
