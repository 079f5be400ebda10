"""How the runs of a command went, read back from their directories."""

import csv
import sys
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aiirmix.training.claim import is_claimed
from aiirmix.training.run_directory import RunDirectory

State = Literal["done", "skipped", "failed", "running elsewhere", "unfinished"]
WRONG: set[State] = {"failed", "unfinished"}
_COLOURS: dict[State, str] = {"done": "green", "failed": "red", "unfinished": "red"}


@dataclass(frozen=True)
class Result:
    """How one run went."""

    directory: RunDirectory
    state: State
    env_steps: str
    win_rate: str
    reason: str


def result(directory: RunDirectory, was_done: bool) -> Result:
    """How a run went that may have been complete before this command (`was_done`)."""
    last = _last_row(directory.metrics_file)
    return Result(
        directory,
        "skipped" if was_done else _state(directory),
        _number(last.get("env_steps"), ",.0f"),
        _number(last.get("test/win_rate"), ".2f"),
        directory.failure or "",
    )


def show_table(results: Sequence[Result]) -> int:
    """Prints the runs of a sweep and their number by state.

    Returns:
        The exit code: 1 if a run failed or did not finish, else 0.
    """
    table = Table("model", "map", "seed", "state", "env steps", "test win rate", "reason")
    for row in results:
        model, world, seed = row.directory.path.parts[-3:]
        state = Text(row.state, _COLOURS.get(row.state, "dim"))
        table.add_row(model, world, seed.removeprefix("seed="), state, row.env_steps, row.win_rate, Text(row.reason))
    console = Console()
    console.print(table)
    console.print(", ".join(f"{number} {state}" for state, number in Counter(row.state for row in results).items()))
    return int(any(row.state in WRONG for row in results))


def show_line(row: Result) -> int:
    """Prints how a single run went.

    Returns:
        The exit code: 1 if it failed or did not finish, else 0.
    """
    path = row.directory.path
    if row.state in WRONG:
        print(f"error: {row.reason or 'the run did not finish'}; see {row.directory.log_file}", file=sys.stderr)
        return 1
    print(f"{path} is complete: nothing to do" if row.state == "skipped" else f"{row.state}: {path}")
    return 0


def _state(directory: RunDirectory) -> State:
    if directory.is_done:
        return "done"
    if is_claimed(directory.path):
        return "running elsewhere"
    return "unfinished" if directory.failure is None else "failed"


def _last_row(metrics: Path) -> dict[str, str]:
    if not metrics.exists():
        return {}
    with metrics.open(newline="", encoding="utf-8") as file:
        last = deque(csv.DictReader(file), maxlen=1)
    return last[0] if last else {}


def _number(text: str | None, style: str) -> str:
    return format(float(text), style) if text else ""
