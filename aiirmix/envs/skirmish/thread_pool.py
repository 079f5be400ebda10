"""Threads that share the battles of a batch. They run in parallel, as compiled functions release Python's lock."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

PORTIONS = 2
"""Portions of work per thread: more balance battles of unequal length, fewer cost less overhead."""


class ThreadPool:
    """A fixed number of threads, the calling one among them.

    Raises:
        ValueError: there are fewer cores than threads.
    """

    def __init__(self, threads: int) -> None:
        cores = os.cpu_count() or 1
        if not 1 <= threads <= cores:
            raise ValueError(f"threads must be from 1 to {cores}, the number of cores, not {threads}")
        self.threads = threads
        self._others = ThreadPoolExecutor(threads) if threads > 1 else None

    def run(self, work: Callable[[int, int], None], rows: int) -> None:
        """Call work(first, last) for portions that make up all rows; each thread takes the next when it is free.

        Threads that have not started by the end are not waited for.
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
