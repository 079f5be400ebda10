"""How a run stands, read from its directory alone, so that any process can ask at any time."""

import csv
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from aiirmix.training.claim import is_claimed
from aiirmix.training.pulse import Pulse, read_pulse
from aiirmix.training.run_directory import RunDirectory

State = Literal["running", "failed", "interrupted", "waiting", "done"]
OVER: set[State] = {"done", "failed"}


@dataclass(frozen=True)
class Standing:
    """How a run stands. What it has not said yet is None."""

    directory: RunDirectory
    state: State
    pulse: Pulse | None
    env_steps: float | None
    win_rate: float | None
    """Of the latest test."""
    reason: str
    """Why it failed."""

    @property
    def speed(self) -> float:
        """Environment steps per second; 0 if it does not run."""
        return self.pulse.speed if self.pulse and self.state == "running" else 0.0

    @property
    def seconds_left(self) -> float | None:
        """What a running run needs for the rest, at its speed so far."""
        return max(self.pulse.budget - self.pulse.env_steps, 0) / self.speed if self.pulse and self.speed else None


def standing(directory: RunDirectory) -> Standing:
    """How the run stands now."""
    state, pulse, last = _state(directory), read_pulse(directory.progress_file), _last_row(directory.metrics_file)
    evaluated = _number(last.get("env_steps"))
    env_steps = pulse.env_steps if pulse and state == "running" else evaluated
    return Standing(directory, state, pulse, env_steps, _number(last.get("test/win_rate")), directory.failure or "")


def seconds_left(standings: Sequence[Standing]) -> float | None:
    """What the running runs need for all that is not over, at the pace of the running ones; None if none is."""
    speed = sum(one.speed for one in standings)
    budgets = [one.pulse.budget for one in standings if one.pulse]
    if not speed or not budgets:
        return None
    left = [_steps_left(one, max(budgets)) for one in standings if one.state not in OVER]
    longest = max(one.seconds_left or 0.0 for one in standings)
    return max(sum(left) / speed, longest)


def _steps_left(one: Standing, budget: int) -> float:
    return max((one.pulse.budget if one.pulse else budget) - (one.env_steps or 0), 0)


def _state(directory: RunDirectory) -> State:
    if directory.is_done:
        return "done"
    if is_claimed(directory.path):
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
