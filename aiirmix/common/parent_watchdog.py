"""End a process when its parent ends, even if the parent is killed."""

import os
import threading
import time
from collections.abc import Callable

INTERVAL = 0.2
"""Seconds between two checks of the parent."""


def end_with_parent(parent: int, end: Callable[[], None]) -> None:
    """End this process when its parent has ended.

    Args:
        parent: the process that started this one.
        end: ends this process and its children.
    """
    threading.Thread(target=_watch, args=(parent, end), daemon=True).start()


def _watch(parent: int, end: Callable[[], None]) -> None:
    while os.getppid() == parent:
        time.sleep(INTERVAL)
    end()
