"""Faults on request, to see whether a program that plays survives them.

The file `fault` in the game's folder holds one, such as ``crash@12``. The first game whose 12th step is requested while
the file is there removes it and crashes.
"""

from enum import Enum
from pathlib import Path

from aiirmix.common.errors import ConfigError, unknown

FILE = "fault"


class Fault(Enum):
    """What a game can do instead of playing on."""

    HANG = "hang"
    """Never answer again."""
    CRASH = "crash"
    """End the program at once."""
    DROP = "drop"
    """Close the connection."""
    STUB = "stub"
    """Be over: show nothing but a stub."""


class FaultFile:
    """The file that asks for a fault."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.steps = 0
        """Requests for a step so far."""

    def strike(self) -> Fault | None:
        """Counts a step; returns the fault that is due with it, if any, which then is asked for no more."""
        self.steps += 1
        try:
            fault, step = read_fault(self.path.read_text(encoding="utf-8"))
            if step != self.steps:
                return None
            self.path.unlink()
        except FileNotFoundError:
            return None
        return fault


def read_fault(text: str) -> tuple[Fault, int]:
    """The fault and the step that a text such as ``crash@12`` names.

    Raises:
        ConfigError: it names none.
    """
    name, _, step = text.strip().partition("@")
    if name not in {fault.value for fault in Fault}:
        raise ConfigError(unknown("fault", name, [fault.value for fault in Fault]))
    if not step.isdecimal():
        raise ConfigError(f"a fault is written like {name}@12, not {text.strip()}")
    return Fault(name), int(step)
