"""Helpers: the processes of a worker, read from /proc."""

import os
import time
from pathlib import Path

import pytest

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux: reads /proc")


def group_of(pid):
    """Return the living processes of the group that the worker leads."""
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if _is_alive(path) and _group(path.name) == pid]


def wait_for_end(pids, seconds=30):
    """Return whether all processes of these groups end in that time."""
    deadline = time.monotonic() + seconds
    while any(group_of(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _is_alive(path):
    try:
        return (path / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _group(pid):
    try:
        return os.getpgid(int(pid))
    except ProcessLookupError:
        return None
