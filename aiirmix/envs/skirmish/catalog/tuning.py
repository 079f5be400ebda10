"""Numbers that no source settles about StarCraft II's behaviour, tuned to the evidence in docs/skirmish.md."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """The open parameters. Everything else in the simulator is read from the game's data or from SMAC."""

    scan_margin: float = 1.0
    """How far beyond its weapon's range an enemy looks for targets, in cells."""
    body_fraction: float = 0.75
    """Fraction of the separation radius that a walking unit cannot enter; walkers squeeze past one another."""
    formation_slack: float = 0.1
    """Cells between neighbours where units appear."""
    formation_jitter: float = 0.1
    """How far an enemy appears from its place at most, along each axis, in cells; drawn anew in each battle."""
    healers_follow: bool = True
    """Whether enemy healers that are ordered to attack an agent walk after it, and heal on the way; else they stay."""


DEFAULT_TUNING = Tuning()
