"""Processes that end with the one that started them, even if that is killed and can tell nobody."""

import os
import threading
import time
from collections.abc import Callable

PATROL = 0.2
"""Seconds between two looks at the parent."""


def end_with_parent(parent: int, end: Callable[[], None]) -> None:
    """Lets this process end when its parent is no more.

    Args:
        parent: the process that started this one.
        end: ends this process, and what belongs to it.
    """
    threading.Thread(target=_patrol, args=(parent, end), daemon=True).start()


def _patrol(parent: int, end: Callable[[], None]) -> None:
    while os.getppid() == parent:
        time.sleep(PATROL)
    end()
