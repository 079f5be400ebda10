"""The runs that an experiment has, and those that it lacks."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from aiirmix.common.counted import counted
from aiirmix.report.evaluations import grouped
from aiirmix.report.style import display_name
from aiirmix.runs.recorded import RecordedRun
from aiirmix.runs.status import State, run_state

SHOWN_STATES: tuple[State, ...] = ("running", "failed", "pruned")
"""States other than done that a summary names."""


@dataclass(frozen=True)
class Coverage:
    """The progress of the runs of a model on a map."""

    states: Counter[State]
    used: float
    """The fraction of their budgets that they have used."""

    @property
    def is_done(self) -> bool:
        """Whether all of them are done."""
        return self.states["done"] == self.states.total()

    def __str__(self) -> str:
        """`1 of 3 runs, 1 failed, 43 %`."""
        others = [f"{self.states[state]} {state}" for state in SHOWN_STATES if self.states[state]]
        percent = [] if self.is_done else [f"{math.floor(100 * self.used)} %"]
        return ", ".join([f"{self.states['done']} of {counted(self.states.total(), 'run')}", *others, *percent])


def coverage(runs: Sequence[RecordedRun]) -> dict[tuple[str, str], Coverage]:
    """Return the progress of the runs of each model on each map, by model and map."""
    groups = grouped(runs, lambda run: f"{run.model} {run.map_label}")
    return {(alike[0].model, alike[0].map_label): _coverage(alike) for alike in groups}


def lacking(runs: Sequence[RecordedRun]) -> list[str]:
    """Name each failed run, each seed that only other runs have, and each map that a model was not run on."""
    reasons = [
        f"{_name(run)}, seed {run.seed}: {run.directory.failure}"
        for run in runs
        if run_state(run.directory) == "failed"
    ]
    return [*reasons, *_absent(runs)]


def _name(run: RecordedRun) -> str:
    return f"{display_name(run.model)} on {run.map_label}"


def _coverage(alike: Sequence[RecordedRun]) -> Coverage:
    used = sum(min(run.reached, run.budget) for run in alike)
    return Coverage(Counter(run_state(run.directory) for run in alike), used / max(1, sum(run.budget for run in alike)))


def _absent(runs: Sequence[RecordedRun]) -> list[str]:
    seeds = sorted({run.seed for run in runs})
    groups = {(run.model, run.map_label) for run in runs}
    there = {(run.model, run.map_label, run.seed) for run in runs}
    lines = []
    for model, map_label in product(sorted({run.model for run in runs}), sorted({run.map_label for run in runs})):
        absent = [str(seed) for seed in seeds if (model, map_label, seed) not in there]
        if (model, map_label) not in groups:
            lines.append(f"{display_name(model)} on {map_label}: not run")
        elif absent:
            lines.append(f"{display_name(model)} on {map_label}: no run with seed {', '.join(absent)}")
    return lines
