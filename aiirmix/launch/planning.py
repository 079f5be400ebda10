"""Show how far the plan of a large sweep is."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Job = TypeVar("Job")

SILENCE = 2.0
"""Seconds of planning after which a line says so, where there is no terminal."""

FEW = 100
"""As many runs are planned before anybody could read that."""


def planning(jobs: Sequence[Job]) -> Iterator[Job]:
    """Yield the jobs. Show a progress bar on a terminal, and one line elsewhere if it takes long."""
    console = Console(stderr=True)
    if len(jobs) <= FEW:
        yield from jobs
    elif console.is_terminal:
        yield from track(jobs, "planning", console=console, transient=True)
    else:
        yield from _announced(jobs)


def _announced(jobs: Sequence[Job]) -> Iterator[Job]:
    until = time.monotonic() + SILENCE
    for job in jobs:
        yield job
        if until and time.monotonic() > until:
            until = 0.0
            print(f"planning {len(jobs):,} runs", file=sys.stderr, flush=True)
