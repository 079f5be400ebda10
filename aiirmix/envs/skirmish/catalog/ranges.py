"""How far agents see, and how far they may choose targets: SMAC's and SMACv2's rules. Cells between centres."""

from typing import NamedTuple


class Ranges(NamedTuple):
    """Of an agent."""

    sight: float
    """It sees what is nearer than this."""
    reach: float
    """It may choose targets up to this far."""


SMAC_RANGES = Ranges(sight=9.0, reach=6.0)
"""For all kinds (docs/smac_contract.md §2.2, §2.5)."""
UNIT_RANGES = {
    "marine": Ranges(9, 5),
    "marauder": Ranges(10, 6),
    "medivac": Ranges(11, 4),
    "stalker": Ranges(10, 6),
    "zealot": Ranges(9, 0.1),
    "colossus": Ranges(10, 7),
    "zergling": Ranges(8, 0.1),
    "hydralisk": Ranges(9, 5),
    "baneling": Ranges(8, 0.25),
    "spine_crawler": Ranges(11, 7),
}
"""SMACv2's by kind; the spine crawler, which SMACv2 does not have, from the game's data (docs/smacv2.md)."""


def agent_ranges(kind: str, by_kind: bool, least_reach: float) -> Ranges:
    """Return the ranges of an agent of this kind, by its kind or as in SMAC."""
    if not by_kind:
        return SMAC_RANGES
    return Ranges(UNIT_RANGES[kind].sight, max(UNIT_RANGES[kind].reach, least_reach))
