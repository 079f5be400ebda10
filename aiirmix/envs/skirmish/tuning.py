"""What no source settles about StarCraft II's behaviour: one number each, with the evidence in docs/skirmish.md."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """The open parameters. Everything else in the simulator is read from the game's data or from SMAC."""

    scan_period: int = 4
    """Loops between two looks of an enemy for a (better) target."""
    call_for_help: bool = True
    """An enemy that is hit brings idle comrades within 4 cells along."""
    formation_slack: float = 0.25
    """Cells between neighbours where units appear."""
    sidestep: float = 0.5
    """How much of the way that a body in front takes away a walker goes sideways instead."""


DEFAULT_TUNING = Tuning()
