"""The heartbeat of a run: how far it is, in a small file that other processes can read."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import NamedTuple

from aiirmix.common.background import in_background
from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write

EVERY = 2.0
"""Seconds between two heartbeats."""


class Heartbeat(NamedTuple):
    """The content of the file."""

    env_steps: int
    budget: int
    """Environment steps of the whole run."""
    speed: float
    """Environment steps per second since this process started or resumed the run."""


@contextmanager
def heartbeat(file: Path, env_steps: Callable[[], int], budget: int, every: float = EVERY) -> Iterator[None]:
    """Write the file at the start of the block, every few seconds inside it, and at its end."""
    started, steps_before = time.perf_counter(), env_steps()

    def beat() -> None:
        steps = env_steps()
        speed = (steps - steps_before) / max(time.perf_counter() - started, 1e-9)
        # A full disk must not end the run because of this file. It ends at the next evaluation.
        with suppress(OSError, ConfigError):
            atomic_write(file, json.dumps(Heartbeat(steps, budget, round(speed, 1))._asdict()))

    def beat_regularly(over: Event) -> None:
        while not over.wait(every):
            beat()

    beat()
    try:
        with in_background(beat_regularly):
            yield
    finally:
        beat()


def read_heartbeat(file: Path) -> Heartbeat | None:
    """Return the latest heartbeat of a run; None if there is none yet or it cannot be read."""
    try:
        return Heartbeat(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
