"""How far a run is, in a small file in its directory, for whoever watches it from another process."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write

EVERY = 2.0
"""Seconds between two writings."""


class Heartbeat(NamedTuple):
    """What the file says."""

    env_steps: int
    budget: int
    """Environment steps after which the run is over."""
    speed: float
    """Environment steps per second since the process took up the run."""


@contextmanager
def heartbeat(file: Path, env_steps: Callable[[], int], budget: int, every: float = EVERY) -> Iterator[None]:
    """Writes the file every few seconds while inside, and once more at the end."""
    started, played_before, over = time.perf_counter(), env_steps(), Event()

    def beat() -> None:
        played = env_steps()
        speed = (played - played_before) / (time.perf_counter() - started)
        # It is only for show: a full disk must not end the run here, where nothing would be lost.
        with suppress(OSError, ConfigError):
            atomic_write(file, json.dumps(Heartbeat(played, budget, round(speed, 1))._asdict()))

    def go_on() -> None:
        while not over.wait(every):
            beat()

    beat()
    thread = Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        beat()


def read_heartbeat(file: Path) -> Heartbeat | None:
    """What a run last said; None if it has said nothing yet."""
    try:
        return Heartbeat(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
