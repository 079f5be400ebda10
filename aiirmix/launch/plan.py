"""Plan the runs of a command, and check all of them before the first one starts."""

import importlib.util
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import require_space
from aiirmix.launch.checker.components import check_components, check_needs
from aiirmix.launch.compose import compose_run, configurations, explained, parse, split
from aiirmix.launch.diagnosis import refuse_plain_choices
from aiirmix.launch.schema import check_settings
from aiirmix.launch.trainer import refuse_arguments
from aiirmix.runs.config import differences, plain_config
from aiirmix.runs.directory import MEGABYTES_PER_RUN, RunDirectory


@dataclass(frozen=True)
class PlannedRun:
    """One run of a command."""

    directory: RunDirectory
    config: dict[str, Any]
    overrides: tuple[str, ...]
    """The overrides that make it, without those of Hydra itself."""


def plan(arguments: Sequence[str], multirun: bool) -> list[PlannedRun]:
    """Return the runs of a command, in the order in which they start.

    Raises:
        ConfigError: a run cannot be composed, its settings are invalid, or its directory holds another configuration.
    """
    with configurations():
        overrides = parse(arguments)
        refuse_plain_choices(overrides)
        refuse_arguments(override.key_or_group for override in overrides)
        if not multirun:
            _refuse_several(overrides)
        runs = _runs(overrides, multirun)
    check_directories(runs)
    return runs


def check_directories(runs: Sequence[PlannedRun]) -> None:
    """Check that every run has its own directory, without another configuration in it, and space on the disk.

    Raises:
        ConfigError: two runs share a directory, one holds another configuration, or the disk is full.
    """
    seen: dict[Path, PlannedRun] = {}
    for run in runs:
        _refuse_shared(run, seen.setdefault(run.directory.path, run))
        run.directory.check(run.config)
    waiting = sum(not run.directory.is_done for run in runs)
    if waiting:
        require_space(runs[0].directory.path, MEGABYTES_PER_RUN * waiting)


def check_run(config: dict[str, Any]) -> None:
    """Check the settings of one run.

    Raises:
        ConfigError: one of them is invalid.
    """
    check_settings(config)
    check_components(config)
    check_needs(config)


def _refuse_several(overrides: Sequence[Override]) -> None:
    for override in overrides:
        if override.is_sweep_override():
            raise ConfigError(f"several values for {override.key_or_group} are several runs: add -m")


def _runs(overrides: Sequence[Override], multirun: bool) -> list[PlannedRun]:
    """Return the runs. Seeds share one composition: in a big sweep most runs differ in nothing else."""
    hydra = _typed(override for override in overrides if override.is_hydra_override())
    others = [override for override in overrides if not override.is_hydra_override()]
    jobs = split(_sweep_of_experiment(overrides) + others) if multirun else [_typed(others)]
    compose_once = cache(_checked)
    runs = []
    for job in jobs:
        seeds = [setting for setting in job if _is_seed(setting)]
        config = compose_once((*hydra, *(setting for setting in job if not _is_seed(setting))))
        runs.append(_run(config, seeds, job, multirun))
    return runs


def _sweep_of_experiment(overrides: Sequence[Override]) -> list[Override]:
    """Return the sweep of the configuration file (`hydra.sweeper.params`), which the command line adds to."""
    fixed = compose_run(_typed(override for override in overrides if not override.is_sweep_override()))
    _check_hydra(fixed.hydra)
    params = fixed.hydra.sweeper.get("params") or {}
    return parse([f"{key}={values}" for key, values in params.items()])


def _check_hydra(hydra: DictConfig) -> None:
    """Refuse a sweeper that optimises, and a launcher that is not installed."""
    choices = hydra.runtime.choices
    sweeper, launcher = choices["hydra/sweeper"], choices["hydra/launcher"]
    if sweeper != "basic":
        raise ConfigError(f"hydra/sweeper={sweeper} does not work here: it would optimise over seeds")
    package, *_ = hydra.launcher._target_.rsplit(".", 2)
    if importlib.util.find_spec(package) is None:
        raise ConfigError(f"hydra/launcher={launcher} needs {package}: pip install 'aiirmix[slurm]'")


def _typed(overrides: Iterable[Override]) -> tuple[str, ...]:
    return tuple(str(override.input_line) for override in overrides)


def _is_seed(setting: str) -> bool:
    key, _, value = setting.partition("=")
    return key in ("seed", "++seed") and value.isdecimal()


def _checked(overrides: tuple[str, ...]) -> DictConfig:
    config = compose_run(overrides)
    with explained():
        check_run(plain_config(_without_hydra(config)))
    return config


def _run(config: DictConfig, seeds: Sequence[str], overrides: tuple[str, ...], multirun: bool) -> PlannedRun:
    """Return one run of a configuration that the other seeds share."""
    if seeds:
        config.seed = int(seeds[-1].partition("=")[2])
    hydra = config.hydra
    path = Path(hydra.sweep.dir, hydra.sweep.subdir) if multirun else Path(hydra.run.dir)
    return PlannedRun(RunDirectory(path), plain_config(_without_hydra(config)), overrides)


def _without_hydra(config: DictConfig) -> DictConfig:
    return OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])


def _refuse_shared(run: PlannedRun, other: PlannedRun) -> None:
    if run is other:
        return
    changes = "; ".join(f"{key} is {one} and {two}" for key, one, two in differences(other.config, run.config))
    if changes:
        raise ConfigError(f"two of these runs would share {run.directory.path}: {changes}; give each its own name=…")
    raise ConfigError(f"two of these runs are the same, {run.directory.path}: a value is given twice")
