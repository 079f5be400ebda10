"""Threads that share the battles of a batch. Compiled functions run at the same time, as they need no Python."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

PORTIONS = 2
"""For each thread: more even out battles of unequal length, fewer cost less."""


class Crew:
    """So many threads, the calling one among them.

    Raises:
        ValueError: there are not so many cores.
    """

    def __init__(self, threads: int) -> None:
        cores = os.cpu_count() or 1
        if not 1 <= threads <= cores:
            raise ValueError(f"threads must be from 1 to {cores}, the cores there are, not {threads}")
        self.threads = threads
        self._others = ThreadPoolExecutor(threads) if threads > 1 else None

    def share(self, work: Callable[[int, int], None], rows: int) -> None:
        """Calls work(first, last) for portions that make up all rows; whoever is free takes the next.

        Threads that no core has had time for by then are not waited for.
        """
        if self._others is None:
            work(0, rows)
            return
        size = max(1, -(-rows // (PORTIONS * self.threads)))
        portions = iter(range(0, rows, size))

        def take() -> None:
            for first in portions:
                work(first, min(first + size, rows))

        helpers = [self._others.submit(take) for _ in range(self.threads - 1)]
        take()
        for helper in helpers:
            if not helper.cancel():
                helper.result()
