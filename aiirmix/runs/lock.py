"""One process at a time works on a run, however often and wherever its command is typed."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ATTEMPTS, PAUSE = 20, 0.02
"""How often a claim is tried, and the seconds in between: whoever asks `is_locked` holds the file for microseconds."""


@contextmanager
def run_lock(folder: Path) -> Iterator[bool]:
    """Holds an existing folder for this process while inside; yields False if another process holds it.

    The system gives the folder back when the process ends, however it ends. The lock is on a file in the folder, open
    for writing, as network file systems demand.

    Raises:
        OSError: the folder cannot be written, or its file system has no locks.
    """
    descriptor = os.open(_file(folder), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        yield any(_lock(descriptor, fcntl.LOCK_EX, pause) for pause in [0.0] + ATTEMPTS * [PAUSE])
    finally:
        os.close(descriptor)


def is_locked(folder: Path) -> bool:
    """Whether a process holds this folder; False also if there is no telling."""
    with suppress(OSError), _file(folder).open() as file:
        return not _lock(file.fileno(), fcntl.LOCK_SH)
    return False


def _file(folder: Path) -> Path:
    return folder / "claim"


def _lock(descriptor: int, kind: int, pause: float = 0.0) -> bool:
    time.sleep(pause)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
