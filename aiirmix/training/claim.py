"""One process at a time works on a run, however often and wherever its command is typed."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def claim(folder: Path) -> Iterator[bool]:
    """Holds an existing folder for this process while inside; yields False if another process holds it.

    The system gives the folder back when the process ends, however it ends.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield _lock(descriptor)
    finally:
        os.close(descriptor)


def is_claimed(folder: Path) -> bool:
    """Whether a process holds this folder."""
    if not folder.is_dir():
        return False
    with claim(folder) as free:
        return not free


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
