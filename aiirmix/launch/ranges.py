"""`seed=0-4` becomes `seed=0,1,2,3,4`, which is how Hydra spells a sweep."""

import re

from aiirmix.common.errors import ConfigError

_ITEM = r"\d+(?:-\d+)?"
_SEEDS = re.compile(rf"(?P<key>(?:\+\+)?seed)=(?P<items>{_ITEM}(?:,{_ITEM})*)")


def expand_seeds(argument: str) -> str:
    """The argument with every range of seeds written out; any other argument as it is.

    Raises:
        ConfigError: a range runs backwards.
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
