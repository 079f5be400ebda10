"""Plan the runs of a command, and check all of them before the first one starts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from math import ceil, prod
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import ChoiceSweep, Override, RangeSweep

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import require_space
from aiirmix.launch.compose import Compositions, configurations, parse, split
from aiirmix.launch.composition import Composition
from aiirmix.launch.diagnosis import refuse_plain_choices
from aiirmix.launch.hydra_settings import refuse_sweeps_of_hydra
from aiirmix.launch.planning import planning
from aiirmix.launch.ranges import as_typed
from aiirmix.launch.schema import check_seed
from aiirmix.launch.trainer import refuse_arguments
from aiirmix.runs.config import differences
from aiirmix.runs.directory import MEGABYTES_PER_RUN, RunDirectory

MOST_RUNS = 100_000
"""Runs of a sweep, so that a mistyped range does not fill the memory."""


@dataclass(frozen=True)
class PlannedRun:
    """One run of a command."""

    directory: RunDirectory
    config: dict[str, Any]
    text: str
    """The configuration as YAML."""
    overrides: tuple[str, ...]
    """The overrides that make it, without those of Hydra itself."""


def plan(arguments: Sequence[str], multirun: bool, compositions: Compositions | None = None) -> list[PlannedRun]:
    """Return the runs of a command, in the order in which they start.

    Args:
        arguments: the overrides.
        multirun: whether they may be several runs.
        compositions: those that earlier plans have made, for plans that differ in values.

    Raises:
        ConfigError: a run cannot be composed, its settings are invalid, or its directory holds another configuration.
    """
    with configurations():
        overrides = parse(arguments)
        refuse_sweeps_of_hydra(overrides)
        refuse_plain_choices(overrides)
        refuse_arguments(override.key_or_group for override in overrides)
        if not multirun:
            _refuse_several(overrides)
        runs = _runs(overrides, multirun, compositions or Compositions())
    if not runs:
        raise ConfigError("there is nothing to run: a sweep has no values")
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


def _refuse_several(overrides: Sequence[Override]) -> None:
    for override in overrides:
        if override.is_sweep_override():
            raise ConfigError(f"several values for {override.key_or_group} are several runs: add -m")


def _runs(overrides: Sequence[Override], multirun: bool, compositions: Compositions) -> list[PlannedRun]:
    """Return the runs. Seeds share one composition: in a big sweep most runs differ in nothing else."""
    hydra = _typed(override for override in overrides if override.is_hydra_override())
    others = [override for override in overrides if not override.is_hydra_override()]
    jobs = _split(_sweep_of_experiment(overrides, compositions) + others) if multirun else [_typed(others)]
    compose_once = cache(partial(Composition, multirun=multirun, compose=compositions.compose))
    return [_run(job, compose_once, hydra) for job in planning(jobs)]


def _split(overrides: Sequence[Override]) -> list[tuple[str, ...]]:
    """Return the overrides of each run.

    Raises:
        ConfigError: a sweep is not a list of values, or there are too many runs.
    """
    number = prod(_number_of_values(override) for override in overrides)
    if number > MOST_RUNS:
        raise ConfigError(f"these are more than {MOST_RUNS:,} runs")
    return split(overrides)


def _number_of_values(override: Override) -> int:
    value = override.value()
    if isinstance(value, RangeSweep):
        assert value.start is not None
        assert value.stop is not None
        return max(1, ceil((value.stop - value.start) / value.step)) if value.step else 1
    return len(value.list) if isinstance(value, ChoiceSweep) else 1


def _sweep_of_experiment(overrides: Sequence[Override], compositions: Compositions) -> list[Override]:
    """Return the sweep of the configuration file (`hydra.sweeper.params`), which the command line adds to."""
    fixed = compositions.compose(_typed(override for override in overrides if not override.is_sweep_override()))
    params = fixed.hydra.sweeper.get("params") or {}
    return parse([as_typed(f"{key}={values}") for key, values in params.items()])


def _typed(overrides: Iterable[Override]) -> tuple[str, ...]:
    return tuple(str(override.input_line) for override in overrides)


def _is_seed(setting: str) -> bool:
    key, _, value = setting.partition("=")
    return key in ("seed", "++seed") and value.isdecimal() and value.isascii()


def _run(job: tuple[str, ...], compose_once: Callable[..., Composition], hydra: tuple[str, ...]) -> PlannedRun:
    """Return one run, from a composition that other seeds may share."""
    seeds = [setting for setting in job if _is_seed(setting)]
    composition = compose_once((*hydra, *(setting for setting in job if not _is_seed(setting))))
    path, config, text = composition.resolve(int(seeds[-1].partition("=")[2]) if seeds else None)
    check_seed(config["seed"])
    return PlannedRun(RunDirectory(Path(path)), config, text, job)


def _refuse_shared(run: PlannedRun, other: PlannedRun) -> None:
    if run is other:
        return
    changes = "; ".join(f"{key} is {one} and {two}" for key, one, two in differences(other.config, run.config))
    if changes:
        raise ConfigError(f"two of these runs would share {run.directory.path}: {changes}; give each its own name=…")
    why = "a value is given twice, or they differ in settings that change no number"
    raise ConfigError(f"two of these runs are the same, {run.directory.path}: {why}")
