"""How a run stands, read from its directory alone, so that any process can ask at any time."""

import csv
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.heartbeat import Heartbeat, read_heartbeat
from aiirmix.runs.lock import is_locked

State = Literal["running", "failed", "interrupted", "waiting", "done"]
OVER: set[State] = {"done", "failed"}


@dataclass(frozen=True)
class RunStatus:
    """How a run stands. What it has not said yet is None."""

    directory: RunDirectory
    state: State
    heartbeat: Heartbeat | None
    env_steps: float | None
    win_rate: float | None
    """Of the latest test."""
    reason: str
    """Why it failed."""

    @property
    def speed(self) -> float:
        """Environment steps per second; 0 if it does not run."""
        return self.heartbeat.speed if self.heartbeat and self.state == "running" else 0.0

    @property
    def seconds_left(self) -> float | None:
        """What a running run needs for the rest, at its speed so far."""
        return (
            max(self.heartbeat.budget - self.heartbeat.env_steps, 0) / self.speed
            if self.heartbeat and self.speed
            else None
        )


def run_status(directory: RunDirectory) -> RunStatus:
    """How the run stands now."""
    state, heartbeat, last = (
        _state(directory),
        read_heartbeat(directory.progress_file),
        _last_row(directory.metrics_file),
    )
    evaluated = _number(last.get("env_steps"))
    env_steps = heartbeat.env_steps if heartbeat and state == "running" else evaluated
    return RunStatus(
        directory, state, heartbeat, env_steps, _number(last.get("test/win_rate")), directory.failure or ""
    )


def seconds_left(statuses: Sequence[RunStatus]) -> float | None:
    """What the running runs need for all that is not over, at the pace of the running ones; None if none is."""
    speed = sum(one.speed for one in statuses)
    budgets = [one.heartbeat.budget for one in statuses if one.heartbeat]
    if not speed or not budgets:
        return None
    left = [_steps_left(one, max(budgets)) for one in statuses if one.state not in OVER]
    longest = max(one.seconds_left or 0.0 for one in statuses)
    return max(sum(left) / speed, longest)


def _steps_left(one: RunStatus, budget: int) -> float:
    return max((one.heartbeat.budget if one.heartbeat else budget) - (one.env_steps or 0), 0)


def _state(directory: RunDirectory) -> State:
    if directory.is_done:
        return "done"
    if is_locked(directory.path):
        return "running"
    if directory.failure is not None:
        return "failed"
    return "interrupted" if directory.metrics_file.exists() else "waiting"


def _last_row(metrics: Path) -> dict[str, str]:
    try:
        return _last_row_at(metrics, metrics.stat().st_mtime_ns)
    except FileNotFoundError:
        return {}


@lru_cache(maxsize=1000)
def _last_row_at(metrics: Path, _modified: int) -> dict[str, str]:
    with metrics.open(newline="", encoding="utf-8") as file:
        last = deque(csv.DictReader(file), maxlen=1)
    return last[0] if last else {}


def _number(text: str | None) -> float | None:
    return float(text) if text else None
