"""Shows how runs stand while they run, whoever runs them: a live table on a terminal, else a line now and then."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from threading import Event, Thread

from rich.console import Console
from rich.live import Live

from aiirmix.launch.status_table import status_table, summary_line
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.status import OVER, RunStatus, run_status

EVERY, LINE_EVERY = 1.0, 60.0
"""Seconds between two looks at the runs, and between two lines where no table can be drawn."""

_SURROUNDINGS = 8
"""Lines of a terminal that rows cannot use: the table's frame, what is below it, and the prompt."""


class Monitor:
    """Looks at runs again and again.

    Args:
        directories: of the runs.
        console: what to draw on.
    """

    def __init__(self, directories: Sequence[RunDirectory], console: Console) -> None:
        self.directories, self.console = directories, console
        self.live = Live(console=console, auto_refresh=False, transient=True)
        self.statuses: list[RunStatus] = []
        self.next_line = time.monotonic() + LINE_EVERY

    def look(self) -> None:
        """Finds out how the runs stand, tells which of them ended, and draws."""
        before = self.statuses
        self.statuses = [run_status(directory) for directory in self.directories]
        for old, new in zip(before, self.statuses, strict=False):
            if new.state != old.state and new.state in OVER:
                self._tell(f"{new.state}: {new.directory.path}" + f": {new.reason}" * bool(new.reason))
        if self.console.is_terminal:
            self.live.update(status_table(self.statuses, max(self.console.height - _SURROUNDINGS, 1)), refresh=True)
        elif time.monotonic() >= self.next_line:
            self.next_line += LINE_EVERY
            self._tell(summary_line(self.statuses))

    def look_until(self, over: Event) -> None:
        """Looks now and again until something else is over, and a last time then."""
        with self.live if self.console.is_terminal else nullcontext():
            while not over.wait(EVERY):
                self.look()
            self.look()

    def _tell(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def monitoring(directories: Sequence[RunDirectory], console: Console) -> Iterator[None]:
    """Shows how the runs stand while inside."""
    monitor, over = Monitor(directories, console), Event()
    monitor.look()
    thread = Thread(target=monitor.look_until, args=(over,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
