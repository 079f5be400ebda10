"""The status of a run, read from its directory, so that any process can ask at any time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from aiirmix.common.errors import ConfigError
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.heartbeat import Heartbeat, read_heartbeat
from aiirmix.runs.lock import is_locked

State = Literal["running", "failed", "interrupted", "waiting", "pruned", "done"]
"""The states of a run: `waiting` has no evaluation yet, `interrupted` has some and no process works on it.

`pruned` belongs to a trial of tuning that was stopped early; some of its runs may have used their budgets."""

STATES: tuple[State, ...] = get_args(State)
"""All states. The first ones need attention most."""

OVER: frozenset[State] = frozenset({"done", "failed", "pruned"})
"""The states that do not change before the command is typed again."""


@dataclass(frozen=True)
class RunStatus:
    """The status of a run. What is not known yet is None."""

    directory: RunDirectory
    state: State
    heartbeat: Heartbeat | None
    env_steps: float | None
    win_rate: float | None
    """At the latest evaluation."""
    reason: str
    """Why the run failed or its record cannot be read, or nothing."""

    @property
    def speed(self) -> float:
        """Environment steps per second; 0 if the run is not running."""
        return self.heartbeat.speed if self.heartbeat and self.state == "running" else 0.0

    @property
    def seconds_left(self) -> float | None:
        """The time that a running run still needs at its speed so far."""
        if not self.heartbeat or not self.speed:
            return None
        return max(self.heartbeat.budget - self.heartbeat.env_steps, 0) / self.speed


def run_state(directory: RunDirectory) -> State:
    """Return the present state of a run."""
    if directory.is_done:
        return "pruned" if directory.is_pruned else "done"
    if is_locked(directory.path):
        return "running"
    if directory.is_pruned:
        return "pruned"
    if directory.failure is not None:
        return "failed"
    return "interrupted" if directory.metrics_file.exists() else "waiting"


def run_status(directory: RunDirectory) -> RunStatus:
    """Return the present status of a run."""
    state, heartbeat = run_state(directory), read_heartbeat(directory.progress_file)
    last, damage = _last_row(directory.metrics_file)
    reached = last.get("env_steps")
    if state == "done" and heartbeat and not damage and (reached or 0) < heartbeat.budget:
        damage = f"{directory.metrics_file} is damaged: its rows end at {reached or 0:,.0f} of {heartbeat.budget:,}"
    current = heartbeat if state == "running" else None
    return RunStatus(
        directory,
        state,
        heartbeat,
        env_steps=current.env_steps if current else reached,
        win_rate=last.get("test/win_rate"),
        reason=directory.failure or damage,
    )


def seconds_left(statuses: Sequence[RunStatus]) -> float | None:
    """Estimate when all runs are over, at the total speed of the running ones; None if none is running.

    The estimate is at least the time that the slowest running run still needs.
    """
    speed = sum(one.speed for one in statuses)
    budgets = [one.heartbeat.budget for one in statuses if one.heartbeat]
    if not speed or not budgets:
        return None
    steps = [_steps_left(one, max(budgets)) for one in statuses if one.state not in OVER]
    longest = max(one.seconds_left or 0.0 for one in statuses)
    return max(sum(steps) / speed, longest)


def _steps_left(one: RunStatus, default_budget: int) -> float:
    return max((one.heartbeat.budget if one.heartbeat else default_budget) - (one.env_steps or 0), 0)


def _last_row(metrics: Path) -> tuple[dict[str, float], str]:
    """Return the numbers of the last row, and why the table cannot be read or nothing."""
    try:
        return _last_row_at(metrics, metrics.stat().st_mtime_ns), ""
    except FileNotFoundError:
        return {}, ""
    except (ConfigError, OSError) as error:
        return {}, str(error)


@lru_cache(maxsize=1000)
def _last_row_at(metrics: Path, _modified: int) -> dict[str, float]:
    rows = Table(metrics).rows()
    try:
        return {name: float(rows[-1][name]) for name in ("env_steps", "test/win_rate")} if rows else {}
    except (KeyError, ValueError) as error:
        raise ConfigError(f"{metrics} is damaged: its last row has no {error}") from error
