"""Hands the missing runs of a sweep to a launcher, and shows how they go."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hydra._internal.callbacks import Callbacks
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, RunMode
from rich.console import Console

from aiirmix.launch.compose import configurations, parse
from aiirmix.launch.job import run_job
from aiirmix.launch.monitor import monitoring
from aiirmix.launch.plan import Run
from aiirmix.launch.status_table import status_table
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.lock import is_locked
from aiirmix.runs.status import run_status

LONGEST = 300
"""Characters of what a launcher says when it gives up."""

PATIENCE = 3.0
"""Seconds that runs are given to stop after Ctrl-C."""


def run_sweep(runs: Sequence[Run], overrides: Sequence[str]) -> int:
    """Runs what is missing and shows the outcome of all.

    Args:
        runs: the whole sweep.
        overrides: what was typed; among them the launcher.

    Returns:
        The exit code: 1 if a run is not done and no other process works on it, else 0.
    """
    console, directories = Console(), [run.directory for run in runs]
    missing = [run for run in runs if not run.directory.is_done]
    if missing:
        with _telling_who_goes_on(directories), monitoring(directories, console):
            _launch(missing, overrides)
    statuses = [run_status(directory) for directory in directories]
    console.print(status_table(statuses))
    return int(any(one.state not in ("done", "running") for one in statuses))


def _launch(runs: Sequence[Run], overrides: Sequence[str]) -> None:
    try:
        with configurations():
            _launcher(overrides).launch([run.overrides for run in runs], initial_job_idx=0)
    except Exception as error:
        # A worker was killed, or a cluster refused: what ran keeps its checkpoints.
        said = " ".join(str(error).split())[:LONGEST]
        print(f"error: the launcher gave up: {said or type(error).__name__}", file=sys.stderr)


@contextmanager
def _telling_who_goes_on(directories: Sequence[RunDirectory]) -> Iterator[None]:
    """Says on Ctrl-C how many runs do not stop: the jobs of a cluster, or the runs of another command."""
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


def _launcher(overrides: Sequence[str]) -> Launcher:
    common = [str(override.input_line) for override in parse(overrides) if not override.is_sweep_override()]
    hydra = GlobalHydra.instance().hydra
    assert hydra is not None
    config = hydra.compose_config("config", [*common, "hydra.mode=MULTIRUN"], run_mode=RunMode.MULTIRUN)
    context = HydraContext(config_loader=hydra.config_loader, callbacks=Callbacks(config))
    return Plugins.instance().instantiate_launcher(hydra_context=context, task_function=run_job, config=config)
