"""A launcher for Hydra that gives the runs of a sweep to a Ray cluster.

Ray starts a task again whose process was killed or whose node was lost. The run then goes on from its last checkpoint,
as all nodes share the folder of the runs. The lock of a run keeps it from being done twice.
"""

import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, run_job, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

from aiirmix.common.errors import ConfigError, first_line
from aiirmix.launch.sweep import mark_lost
from aiirmix.runs.directory import RunDirectory


@dataclass(frozen=True)
class Sweep:
    """All that a worker needs for the runs of a sweep, apart from their overrides."""

    context: HydraContext
    function: TaskFunction
    config: DictConfig
    state: Any = field(default_factory=Singleton.get_state)
    """Hydra's own."""
    folder: Path = field(default_factory=Path.cwd)
    """Of the command: paths are relative to it."""
    modules: Sequence[str] = field(default_factory=lambda: [*sys.path])
    """Where the command finds modules."""

    def compose(self, overrides: Sequence[str], number: int) -> DictConfig:
        """Compose the configuration of a run."""
        config = self.context.config_loader.load_sweep_config(self.config, list(overrides))
        with open_dict(config):
            config.hydra.job.id, config.hydra.job.num = f"ray_{number}", number
        return config


class RayLauncher(Launcher):
    """Runs every job as a task of Ray.

    Args:
        init: arguments of `ray.init`, such as the address of a cluster.
        task: arguments of `ray.remote`, such as the cores of a run.
    """

    def __init__(self, init: dict[str, Any], task: dict[str, Any]) -> None:
        self.init, self.task = init, task

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Take what all jobs have in common."""
        self.context, self.function, self.config = hydra_context, task_function, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run the jobs to their ends. A run is marked as failed if its task was started again too often.

        Raises:
            ConfigError: there is no such cluster.
        """
        import ray

        _require_reachable(str(self.init.get("address")))
        setup_globals()
        sweep, jobs = Sweep(self.context, self.function, self.config), [*enumerate(job_overrides, initial_job_idx)]
        try:
            cluster = ray.init(**{"log_to_driver": False, "logging_level": "error", **self.init})
        except (ConnectionError, ValueError, TypeError) as error:
            raise ConfigError(f"Ray has no cluster at {self.init.get('address')}: {first_line(error)}") from error
        with cluster:
            start, shared = ray.remote(**self.task)(aiirmix_run), ray.put(sweep)
            results = [start.remote(shared, [*overrides], number) for number, overrides in jobs]
            for (number, overrides), result in zip(jobs, results, strict=True):
                _await(result, sweep, overrides, number)
        return [JobReturn() for _ in jobs]


def _require_reachable(address: str) -> None:
    """Check that something answers at HOST:PORT: Ray itself would ask for minutes.

    Raises:
        ConfigError: nothing does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise ConfigError(f"Ray has no cluster at {address}: {first_line(error)}") from error


def aiirmix_run(sweep: Sweep, overrides: Sequence[str], number: int) -> None:
    """Do one run, in a process of the cluster, which is listed under this name."""
    os.chdir(sweep.folder)
    sys.path.extend(path for path in sweep.modules if path not in sys.path)
    setup_globals()
    Singleton.set_state(sweep.state)
    config = sweep.compose(overrides, number)
    HydraConfig.instance().set_config(config)
    run_job(
        hydra_context=sweep.context,
        task_function=sweep.function,
        config=config,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )


def _await(result: Any, sweep: Sweep, overrides: Sequence[str], number: int) -> None:  # noqa: ANN401 - a reference of Ray
    import ray

    try:
        ray.get(result)
    except ray.exceptions.RayError as error:
        hydra = sweep.compose(overrides, number).hydra
        directory = RunDirectory(Path(hydra.sweep.dir, hydra.sweep.subdir))
        mark_lost(directory, f"{type(error).__name__}: {first_line(error)}")
