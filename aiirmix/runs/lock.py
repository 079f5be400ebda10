"""A lock per run directory: one process at a time works on a run, however often and wherever its command is typed."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import lock_descriptor

FILE = "run.lock"

LOCK_ATTEMPTS, LOCK_PAUSE = 80, 0.005
"""How often `run_lock` tries, and the seconds in between: `is_locked` elsewhere holds the lock for microseconds."""

ASK_ATTEMPTS, ASK_PAUSE = 3, 0.002
"""The same for `is_locked`, which another `is_locked` must not mislead."""


@contextmanager
def run_lock(folder: Path) -> Iterator[bool]:
    """Lock an existing run directory while inside the block. Yield False if another process has locked it.

    The lock belongs to an open file, so the operating system releases it when the process ends, even by SIGKILL. The
    file is open for writing because network file systems demand it.

    Raises:
        OSError: the folder is not writable, or its file system has no locks.
    """
    descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        yield _lock(descriptor, LOCK_ATTEMPTS, LOCK_PAUSE)
    finally:
        os.close(descriptor)


def is_locked(folder: Path) -> bool:
    """Return whether a process works on this run. Return False, too, if the lock cannot be read."""
    with suppress(OSError):
        descriptor = _open_existing(folder / FILE)
        try:
            return not _lock(descriptor, ASK_ATTEMPTS, ASK_PAUSE)
        finally:
            os.close(descriptor)
    return False


def _open_existing(file: Path) -> int:
    """Open the file for writing, or for reading where this process may not write."""
    try:
        return os.open(file, os.O_RDWR)
    except OSError:
        return os.open(file, os.O_RDONLY)


def _lock(descriptor: int, attempts: int, pause: float) -> bool:
    for attempt in range(attempts):
        if attempt:
            time.sleep(pause)
        if lock_descriptor(descriptor, blocking=False):
            return True
    return False
