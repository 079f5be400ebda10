"""Faults on request, to test whether the program that plays survives them.

The file `fault` in the game's folder holds one, such as ``crash@12``. The first game that is asked for its 12th step
while the file is there removes the file and crashes.
"""

from enum import Enum
from pathlib import Path

from aiirmix.common.errors import ConfigError, unknown

FILE = "fault"


class Fault(Enum):
    """How a game can fail."""

    HANG = "hang"
    """Never answer again."""
    CRASH = "crash"
    """Abort the program."""
    DROP = "drop"
    """Close the connection."""
    STUB = "stub"
    """End the game: observations show nothing."""


class FaultFile:
    """The file that requests a fault."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.steps = 0
        """Number of steps requested so far."""

    def count_step(self) -> Fault | None:
        """Count a step. If a fault is requested for it, remove the file and return the fault."""
        self.steps += 1
        try:
            fault, step = parse_fault(self.path.read_text(encoding="utf-8"))
            if step != self.steps:
                return None
            self.path.unlink()
        except FileNotFoundError:
            return None
        return fault


def parse_fault(text: str) -> tuple[Fault, int]:
    """Parse a text such as ``crash@12`` into the fault and the number of the step.

    Raises:
        ConfigError: the text has another form.
    """
    name, _, step = text.strip().partition("@")
    if name not in {fault.value for fault in Fault}:
        raise ConfigError(unknown("fault", name, [fault.value for fault in Fault]))
    if not step.isdecimal():
        raise ConfigError(f"a fault is written like {name}@12, not {text.strip()}")
    return Fault(name), int(step)
