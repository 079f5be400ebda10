"""What an experiment has, and what it lacks."""

from collections.abc import Sequence
from itertools import product
from typing import Literal

from aiirmix.report.look import name_of
from aiirmix.report.runs import Run
from aiirmix.training.claim import is_claimed

State = Literal["complete", "running", "failed", "unfinished"]


def state_of(run: Run) -> State:
    """How a run stands."""
    if run.directory.is_done or (run.is_complete and run.directory.failure is None):
        return "complete"
    if is_claimed(run.directory.path):
        return "running"
    return "unfinished" if run.directory.failure is None else "failed"


def lacking(runs: Sequence[Run]) -> list[str]:
    """A line for all that is not complete: runs, seeds that other runs have, and models that were not run on a map."""
    lines = []
    for run in runs:
        state, whose = state_of(run), f"{name_of(run.model)} on {run.world}, seed {run.seed}"
        if state != "complete":
            reason = f": {run.directory.failure}" if state == "failed" else f", {run.progress}"
            lines.append(f"{whose}: {state}{reason}")
    return [*lines, *_absent(runs)]


def _absent(runs: Sequence[Run]) -> list[str]:
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
