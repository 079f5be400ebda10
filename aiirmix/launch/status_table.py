"""The runs of a sweep as a table and in a line."""

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from aiirmix.runs.status import RunStatus, State, seconds_left

STATES: tuple[State, ...] = get_args(State)
COLUMNS = ("model", "map", "seed", "state", "env steps", "steps/s", "time left", "win rate", "reason")
NAMED = 4
"""So many columns are always shown, the others if a run has something to say in them."""
COLOURS: dict[State, str] = {
    "running": "cyan",
    "failed": "red",
    "interrupted": "yellow",
    "waiting": "dim",
    "done": "green",
}


def status_table(statuses: Sequence[RunStatus], rows: int | None = None) -> RenderableType:
    """A row per run, and a line for all of them.

    Args:
        statuses: of the runs.
        rows: the most to show, those first that ask for attention; None shows all.
    """
    chosen = sorted(statuses, key=lambda one: STATES.index(one.state))[:rows]
    cells = [_cells(one) for one in statuses if one in chosen]
    told = [i for i in range(len(COLUMNS)) if i < NAMED or any(map(str, (row[i] for row in cells)))]
    table = Table(*(Column(COLUMNS[i], no_wrap=COLUMNS[i] != "reason") for i in told))
    for row in cells:
        table.add_row(*(row[i] for i in told))
    hidden = Counter(one.state for one in statuses) - Counter(one.state for one in chosen)
    return Group(table, *[f"not shown: {_counts(hidden)}"] * bool(hidden), summary_line(statuses))


def summary_line(statuses: Sequence[RunStatus]) -> str:
    """How many runs there are of each state, how fast they run, and how long it takes: `1 running, 2 done, …`."""
    speed, left = sum(one.speed for one in statuses), seconds_left(statuses)
    pace = [f"{speed:,.0f} env steps/s", f"about {duration(left)} left"] if left is not None else []
    return ", ".join([_counts(Counter(one.state for one in statuses)), *pace])


def place(one: RunStatus) -> tuple[str, str, str]:
    """Model, map and seed of a run."""
    model, world, seed = one.directory.path.parts[-3:]
    return model, world, seed.removeprefix("seed=")


def duration(seconds: float) -> str:
    """A time in its two largest units: `2 h 05 min`, `3 min 20 s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_over = divmod(minutes, 60)
    return f"{hours} h {minutes_over:02} min" if hours else f"{minutes} min {rest:02} s"


def _cells(one: RunStatus) -> list[str | Text]:
    played = "" if one.env_steps is None else f"{one.env_steps:,.0f}"
    speed = f"{one.speed:,.0f}" if one.speed else ""
    left = "" if one.seconds_left is None else duration(one.seconds_left)
    won = "" if one.win_rate is None else f"{one.win_rate:.2f}"
    return [*place(one), Text(one.state, COLOURS[one.state]), played, speed, left, won, Text(one.reason)]


def _counts(states: Counter[State]) -> str:
    return ", ".join(f"{states[state]} {state}" for state in STATES if states[state])
