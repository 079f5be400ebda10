"""Hands the missing runs of a sweep to a launcher, and shows how they go."""

import sys
from collections.abc import Sequence

from hydra._internal.callbacks import Callbacks
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, RunMode
from rich.console import Console

from aiirmix.launch.board import board
from aiirmix.launch.compose import configurations, parse
from aiirmix.launch.job import reason, run_job
from aiirmix.launch.plan import Run
from aiirmix.launch.standing import standing
from aiirmix.launch.watch import watching


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
        with watching(directories, console):
            _launch(missing, overrides)
    standings = [standing(directory) for directory in directories]
    console.print(board(standings))
    return int(any(one.state not in ("done", "running") for one in standings))


def _launch(runs: Sequence[Run], overrides: Sequence[str]) -> None:
    try:
        with configurations():
            _launcher(overrides).launch([run.overrides for run in runs], initial_job_idx=0)
    except Exception as error:
        # A worker was killed, or a cluster refused: what ran keeps its checkpoints.
        print(f"error: the launcher gave up: {reason(error)}", file=sys.stderr)


def _launcher(overrides: Sequence[str]) -> Launcher:
    common = [str(override.input_line) for override in parse(overrides) if not override.is_sweep_override()]
    hydra = GlobalHydra.instance().hydra
    assert hydra is not None
    config = hydra.compose_config("config", [*common, "hydra.mode=MULTIRUN"], run_mode=RunMode.MULTIRUN)
    context = HydraContext(config_loader=hydra.config_loader, callbacks=Callbacks(config))
    return Plugins.instance().instantiate_launcher(hydra_context=context, task_function=run_job, config=config)
