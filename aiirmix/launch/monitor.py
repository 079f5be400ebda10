"""Show the status of runs while they run in any process: a live table on a terminal, else a line now and then."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from threading import Event

from rich.console import Console, RenderableType
from rich.live import Live

from aiirmix.common.background import in_background
from aiirmix.common.streams import reader_is_gone
from aiirmix.launch.status_table import status_table, summary_line
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.status import OVER, RunStatus, run_status

EVERY, LINE_EVERY = 1.0, 60.0
"""Seconds between two updates, and between two lines where there is no terminal."""

_OTHER_LINES = 8
"""Lines of a terminal that rows cannot use: the frame of the table, what is below it, and the prompt."""


class Monitor:
    """Shows the status of runs.

    Args:
        directories: of the runs.
        console: where to show it.
    """

    def __init__(self, directories: Sequence[RunDirectory], console: Console) -> None:
        self.directories, self.console = directories, console
        self.live = Live(console=console, auto_refresh=False, transient=True)
        self.statuses: list[RunStatus] = []
        self.next_line = time.monotonic() + LINE_EVERY

    @property
    def is_over(self) -> bool:
        """Whether all runs are done or have failed."""
        return all(status.state in OVER for status in self.statuses)

    def update(self) -> None:
        """Read the status of all runs, print a line for each that ended, and draw the table."""
        before = self.statuses
        self.statuses = [run_status(directory) for directory in self.directories]
        for old, new in zip(before, self.statuses, strict=False):
            if new.state != old.state and new.state in OVER:
                self._print(f"{new.state}: {new.directory.path}" + f": {new.reason}" * bool(new.reason))
        if self.console.is_terminal:
            self.live.update(self._fitting_table(), refresh=True)
        elif time.monotonic() >= self.next_line:
            self.next_line += LINE_EVERY
            self._print(summary_line(self.statuses))

    def update_until(self, over: Event) -> None:
        """Update regularly until the event is set, and once more then."""
        with self.live if self.console.is_terminal else nullcontext():
            while not over.wait(EVERY):
                self.update()
            self.update()

    def _fitting_table(self) -> RenderableType:
        """Return a table of as many runs as the terminal is high enough for; long labels take several lines."""
        rows = self.console.height - _OTHER_LINES
        while True:
            table = status_table(self.statuses, max(rows, 1))
            lines = len(self.console.render_lines(table))
            if rows <= 1 or lines <= self.console.height:
                return table
            rows = min(rows - 1, rows * self.console.height // lines)

    def _print(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def monitoring(directories: Sequence[RunDirectory], console: Console) -> Iterator[Monitor]:
    """Show the status of runs while inside the block; give what shows it."""
    monitor = Monitor(directories, console)
    monitor.update()
    with in_background(monitor.update_until):
        yield monitor


def follow(directories: Sequence[RunDirectory], console: Console) -> None:
    """Show the status of runs until all of them are done or have failed, or until nobody reads it."""
    monitor = Monitor(directories, console)
    monitor.update()
    with in_background(monitor.update_until) as failed:
        while not (failed.is_set() or reader_is_gone() or monitor.is_over):
            time.sleep(EVERY)
