"""How the runs of a command went, read back from their directories."""

import csv
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from aiirmix.training.run_directory import RunDirectory

State = Literal["done", "skipped", "failed", "unfinished"]
_COLOURS: dict[State, str] = {"done": "green", "skipped": "dim", "failed": "red", "unfinished": "yellow"}


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
        last.get("env_steps", ""),
        last.get("test/win_rate", ""),
        directory.failure or "",
    )


def show(results: Sequence[Result]) -> None:
    """Prints a table of the runs and a line that counts them."""
    table = Table("model", "map", "seed", "state", "env steps", "test win rate", "reason")
    for row in results:
        model, world, seed = row.directory.path.parts[-3:]
        state = f"[{_COLOURS[row.state]}]{row.state}[/]"
        table.add_row(model, world, seed.removeprefix("seed="), state, row.env_steps, row.win_rate, row.reason)
    console = Console()
    console.print(table)
    console.print(count(row.state for row in results))


def count(states: Iterable[State]) -> str:
    """The runs by state: `2 done, 1 failed`."""
    return ", ".join(f"{number} {state}" for state, number in Counter(states).items())


def _state(directory: RunDirectory) -> State:
    if directory.is_done:
        return "done"
    return "failed" if directory.failure is not None else "unfinished"


def _last_row(metrics: Path) -> dict[str, str]:
    if not metrics.exists():
        return {}
    with metrics.open(newline="", encoding="utf-8") as file:
        last = deque(csv.DictReader(file), maxlen=1)
    return last[0] if last else {}
