"""Work that goes on beside a block of code."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def in_background(work: Callable[[Event], None]) -> Iterator[Event]:
    """Run `work(over)` in a thread while inside the block; then set the event and wait until the work returns.

    If the work fails, the event that the block is given is set at once, and its error is raised when the block ends.
    """
    over, failed, errors = Event(), Event(), list[BaseException]()

    def watched() -> None:
        try:
            work(over)
        except BaseException as error:
            errors.append(error)
            failed.set()

    thread = Thread(target=watched, daemon=True)
    thread.start()
    try:
        yield failed
    finally:
        over.set()
        thread.join()
    if errors:
        raise errors[0]
