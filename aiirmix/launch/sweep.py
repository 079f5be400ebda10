"""Give the missing runs of a sweep to a launcher, and show their status."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from rich.console import Console

from aiirmix.common.errors import in_a_line
from aiirmix.launch import hydra_adapter
from aiirmix.launch.compose import configurations, parse
from aiirmix.launch.job import run_job
from aiirmix.launch.monitor import monitoring
from aiirmix.launch.plan import PlannedRun
from aiirmix.launch.planning import planning
from aiirmix.launch.status_table import status_table
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.lock import is_locked, run_lock
from aiirmix.runs.status import run_status

LONGEST = 300
"""Characters of a launcher's error message that are printed."""

PATIENCE = 3.0
"""Seconds that runs get to stop after Ctrl-C."""


def run_sweep(runs: Sequence[PlannedRun], overrides: Sequence[str]) -> int:
    """Run what is missing and print the status of all runs.

    Args:
        runs: the whole sweep.
        overrides: from the command line; they choose the launcher.

    Returns:
        The exit code: 1 if a run is neither done nor running in another process, else 0.
    """
    console, directories = Console(), [run.directory for run in runs]
    missing = [run for run in runs if not run.directory.is_done]
    if missing:
        with _reporting_what_goes_on(directories), monitoring(directories, console):
            launch(missing, overrides)
    statuses = [run_status(directory) for directory in directories]
    console.print(status_table(statuses))
    return int(any(one.state not in ("done", "running") for one in statuses))


def begin(runs: Sequence[PlannedRun]) -> None:
    """Create the directories of missing runs, and let those that failed or were pruned start again."""
    for run in planning(runs):
        run.directory.create(run.config, run.text)
        run.directory.clear_failure()
        run.directory.clear_pruned()


def launch(runs: Sequence[PlannedRun], overrides: Sequence[str]) -> None:
    """Run them to their end. A launcher gives up if, say, a cluster refuses the jobs."""
    directories = {run.overrides: run.directory for run in runs}
    try:
        with configurations():
            common = [str(override.input_line) for override in parse(overrides) if not override.is_sweep_override()]
            launcher = hydra_adapter.launcher(common, run_job)
            with hydra_adapter.separate_workers(lambda job, reason: mark_lost(directories[job], reason)):
                launcher.launch([run.overrides for run in runs], initial_job_idx=0)
    except Exception as error:
        print(f"error: the launcher gave up: {in_a_line(error)[:LONGEST]}", file=sys.stderr)


def mark_lost(directory: RunDirectory, reason: str) -> None:
    """Mark a run as failed whose process ended without a word, unless another process has taken it over."""
    with suppress(OSError), run_lock(directory.path) as acquired:
        if acquired and not directory.is_done and directory.failure is None:
            directory.mark_failed(reason)


@contextmanager
def _reporting_what_goes_on(directories: Sequence[RunDirectory]) -> Iterator[None]:
    """Print after Ctrl-C how many runs do not stop: jobs of a cluster, or runs of another command."""
    try:
        yield
    except KeyboardInterrupt:
        until, running = time.monotonic() + PATIENCE, len(directories)
        while running and time.monotonic() < until:
            time.sleep(0.1)
            running = sum(is_locked(directory.path) for directory in directories)
        if running:
            print(f"{running} of the runs go on without this command", file=sys.stderr)
        raise
