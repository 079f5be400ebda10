"""What an experiment has, and what it lacks."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from aiirmix.report.evaluations import grouped
from aiirmix.report.style import name_of
from aiirmix.runs.lock import is_locked
from aiirmix.runs.recorded import RecordedRun

State = Literal["complete", "running", "failed", "unfinished"]


@dataclass(frozen=True)
class Coverage:
    """How far the runs of a model on a map are."""

    states: Counter[State]
    used: float
    """The share of their budgets that they have used, 0 to 1."""

    @property
    def is_complete(self) -> bool:
        """Whether all of them are."""
        return self.states["complete"] == self.states.total()

    def __str__(self) -> str:
        """`1 of 3 runs, 1 failed, 43 %`."""
        others: tuple[State, ...] = ("running", "failed")
        told = [f"{self.states[state]} {state}" for state in others if self.states[state]]
        share = [] if self.is_complete else [f"{math.floor(100 * self.used)} %"]
        return ", ".join([f"{self.states['complete']} of {self.states.total()} runs", *told, *share])


def state_of(run: RecordedRun) -> State:
    """How a run stands."""
    if run.directory.is_done or (run.is_complete and run.directory.failure is None):
        return "complete"
    if is_locked(run.directory.path):
        return "running"
    return "unfinished" if run.directory.failure is None else "failed"


def coverage(runs: Sequence[RecordedRun]) -> dict[tuple[str, str], Coverage]:
    """How far the runs of each model on each map are, by model and map."""
    cells = grouped(runs, lambda run: f"{run.model} {run.world}")
    return {(alike[0].model, alike[0].world): _coverage(alike) for alike in cells}


def lacking(runs: Sequence[RecordedRun]) -> list[str]:
    """A line for each failed run, for seeds that other runs have, and for models that were not run on a map."""
    failed = [run for run in runs if state_of(run) == "failed"]
    reasons = [f"{name_of(run.model)} on {run.world}, seed {run.seed}: {run.directory.failure}" for run in failed]
    return [*reasons, *_absent(runs)]


def _coverage(alike: Sequence[RecordedRun]) -> Coverage:
    used = sum(min(run.reached, run.budget) for run in alike)
    return Coverage(Counter(state_of(run) for run in alike), used / max(1, sum(run.budget for run in alike)))


def _absent(runs: Sequence[RecordedRun]) -> list[str]:
    seeds = sorted({run.seed for run in runs})
    cells = {(run.model, run.world) for run in runs}
    there = {(run.model, run.world, run.seed) for run in runs}
    lines = []
    for model, world in product(sorted({run.model for run in runs}), sorted({run.world for run in runs})):
        absent = [str(seed) for seed in seeds if (model, world, seed) not in there]
        if (model, world) not in cells:
            lines.append(f"{name_of(model)} on {world}: not run")
        elif absent:
            lines.append(f"{name_of(model)} on {world}: no run with seed {', '.join(absent)}")
    return lines
