"""Work that goes on beside a block of code."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def in_background(work: Callable[[Event], None]) -> Iterator[None]:
    """Run `work(over)` in a thread while inside the block; then set the event and wait until the work returns."""
    over = Event()
    thread = Thread(target=work, args=(over,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
