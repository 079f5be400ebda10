"""The status of runs, as a table and as a line."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from aiirmix.common.duration import duration
from aiirmix.runs.status import STATES, RunStatus, State, seconds_left

COLUMNS = ("model", "map", "seed", "state", "env steps", "steps/s", "time left", "win rate", "reason")
ALWAYS_SHOWN = 4
"""The first columns are always shown, the others if a run has a value for them."""
MOST_REASONS = 10
"""Reasons of failures that are listed below a table of many runs."""
WRAPPED = ("model", "map", "reason")
"""Columns whose cells may take several lines on a narrow screen."""
COLOURS: dict[State, str] = {
    "running": "cyan",
    "failed": "red",
    "interrupted": "yellow",
    "waiting": "dim",
    "pruned": "dim",
    "done": "green",
}


MANY = 100
"""More runs are shown by model and map, unless the number of rows is limited."""


def status_table(statuses: Sequence[RunStatus], rows: int | None = None) -> RenderableType:
    """Return a table with a row per run, or per model and map if there are many, and a line for all of them.

    Args:
        statuses: of the runs.
        rows: the most to show, first those that need attention; None for all.
    """
    if rows is None and len(statuses) > MANY:
        return _table_of_groups(statuses)
    order = sorted(range(len(statuses)), key=lambda i: STATES.index(statuses[i].state))
    shown = [statuses[i] for i in sorted(order[:rows])]
    cells = [_cells(one) for one in shown]
    columns = [i for i in range(len(COLUMNS)) if i < ALWAYS_SHOWN or any(map(str, (row[i] for row in cells)))]
    table = Table(*(Column(COLUMNS[i], no_wrap=COLUMNS[i] not in WRAPPED, overflow="fold") for i in columns))
    for row in cells:
        table.add_row(*(row[i] for i in columns))
    hidden = Counter(one.state for one in statuses) - Counter(one.state for one in shown)
    return Group(table, *[f"not shown: {count_states(hidden)}"] * bool(hidden), summary_line(statuses))


def summary_line(statuses: Sequence[RunStatus]) -> str:
    """Return the number of runs in each state, their speed, and the time left: `1 running, 2 done, …`."""
    speed, left = sum(one.speed for one in statuses), seconds_left(statuses)
    pace = [f"{speed:,.0f} env steps/s", f"about {duration(left)} left"] if left is not None else []
    return ", ".join([count_states(Counter(one.state for one in statuses)), *pace])


def count_states(states: Counter[State], words: dict[State, str] | None = None) -> str:
    """Return the number of runs in each state: `1 running, 2 done`.

    Args:
        states: of the runs.
        words: what to write for each state, its own name by default. States that are missing here are left out.
    """
    words = words if words is not None else {state: state for state in STATES}
    return ", ".join(f"{states[state]} {word}" for state, word in words.items() if states[state])


def _table_of_groups(statuses: Sequence[RunStatus]) -> RenderableType:
    """Return a table with a row for each model on each map, the reasons of failures, and a line for all runs."""
    groups = defaultdict[tuple[str, str], list[RunStatus]](list)
    for one in statuses:
        labels = one.directory.labels
        groups[labels.model, labels.map].append(one)
    states = [state for state in STATES if any(one.state == state for one in statuses)]
    table = Table(
        "model", "map", *(Column(Text(state, COLOURS[state]), justify="right") for state in states), "win rate"
    )
    for (model, map_label), alike in groups.items():
        counts = Counter(one.state for one in alike)
        numbers = [str(counts[state] or "") for state in states]
        table.add_row(_breakable(model), _breakable(map_label), *numbers, _mean_win_rate(alike))
    reasons = [Text(f"{one.directory.path}: {one.reason}") for one in statuses if one.reason]
    more = [Text(f"… and {len(reasons) - MOST_REASONS} more reasons")] * (len(reasons) > MOST_REASONS)
    return Group(table, *reasons[:MOST_REASONS], *more, summary_line(statuses))


def _mean_win_rate(alike: Sequence[RunStatus]) -> str:
    rates = [one.win_rate for one in alike if one.win_rate is not None]
    return f"{sum(rates) / len(rates):.2f}" if rates else ""


def _breakable(label: str) -> str:
    """Return a label that may break after its commas: `aiir_mix, update=clipped`."""
    return label.replace(",", ", ")


def _cells(one: RunStatus) -> list[str | Text]:
    labels = one.directory.labels
    env_steps = "" if one.env_steps is None else f"{one.env_steps:,.0f}"
    speed = f"{one.speed:,.0f}" if one.speed else ""
    left = "" if one.seconds_left is None else duration(one.seconds_left)
    win_rate = "" if one.win_rate is None else f"{one.win_rate:.2f}"
    state = Text(one.state, COLOURS[one.state])
    model, map_label = map(_breakable, (labels.model, labels.map))
    return [model, map_label, labels.seed, state, env_steps, speed, left, win_rate, Text(one.reason)]
