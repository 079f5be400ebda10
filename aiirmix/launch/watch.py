"""Shows how runs stand while they run, whoever runs them: a live table on a terminal, else a line now and then."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from threading import Event, Thread

from rich.console import Console
from rich.live import Live

from aiirmix.launch.board import board, in_a_line
from aiirmix.launch.standing import OVER, Standing, standing
from aiirmix.training.run_directory import RunDirectory

EVERY, LINE_EVERY = 1.0, 60.0
"""Seconds between two looks at the runs, and between two lines where no table can be drawn."""

_SURROUNDINGS = 8
"""Lines of a terminal that rows cannot use: the table's frame, what is below it, and the prompt."""


class Watch:
    """Looks at runs again and again.

    Args:
        directories: of the runs.
        console: what to draw on.
    """

    def __init__(self, directories: Sequence[RunDirectory], console: Console) -> None:
        self.directories, self.console = directories, console
        self.live = Live(console=console, auto_refresh=False, transient=True)
        self.standings: list[Standing] = []
        self.next_line = time.monotonic() + LINE_EVERY

    def look(self) -> None:
        """Finds out how the runs stand, tells which of them ended, and draws."""
        before = self.standings
        self.standings = [standing(directory) for directory in self.directories]
        for old, new in zip(before, self.standings, strict=False):
            if new.state != old.state and new.state in OVER:
                self._tell(f"{new.state}: {new.directory.path}" + f": {new.reason}" * bool(new.reason))
        if self.console.is_terminal:
            self.live.update(board(self.standings, max(self.console.height - _SURROUNDINGS, 1)), refresh=True)
        elif time.monotonic() >= self.next_line:
            self.next_line += LINE_EVERY
            self._tell(in_a_line(self.standings))

    def look_until(self, over: Event) -> None:
        """Looks now and again until something else is over, and a last time then."""
        with self.live if self.console.is_terminal else nullcontext():
            while not over.wait(EVERY):
                self.look()
            self.look()

    def _tell(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def watching(directories: Sequence[RunDirectory], console: Console) -> Iterator[None]:
    """Shows how the runs stand while inside."""
    watch, over = Watch(directories, console), Event()
    watch.look()
    thread = Thread(target=watch.look_until, args=(over,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
