"""Check the settings of Hydra itself, some of which a run or a sweep cannot have."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.launch.checker.components import check_requirements
from aiirmix.launch.naming import run_path
from aiirmix.runs.config import leaves

_FIXED = {
    "job.chdir": (None, False, "paths are relative to the folder of the command"),
    "output_subdir": (None, None, "config.yaml in the run directory has every setting"),
    "mode": (None, None, "-m makes a sweep"),
}
"""Settings with their two possible values, and why they have no others."""

_CHANGING = ("${now:", "${hydra:")
"""Interpolations whose values differ between the plan of a run and the run."""


def check_hydra(root: DictConfig, multirun: bool) -> None:
    """Check a composed configuration that still has its `hydra` node.

    Raises:
        ConfigError: Hydra is to optimise, its launcher is not installed, or a setting of Hydra would move the files of
            the run.
    """
    hydra = root.hydra
    _check_plugins(hydra)
    for key, (one, other, why) in _FIXED.items():
        value = OmegaConf.select(hydra, key)
        if value not in (one, other):
            raise ConfigError(f"hydra.{key}={getattr(value, 'name', value)} does not work here: {why}")
    key, folder = ("sweep.subdir", hydra.sweep.subdir) if multirun else ("run.dir", hydra.run.dir)
    wanted = Path(run_path(root)).parts
    if Path(str(folder)).parts[-len(wanted) :] != wanted:
        raise ConfigError(
            f"hydra.{key}={folder} does not work here: a run's folder follows from its settings; "
            f"write {'hydra.sweep.dir=FOLDER' if multirun else 'hydra.run.dir=FOLDER/${run_directory:}'} or name=…"
        )


def refuse_changing_values(root: DictConfig) -> None:
    """Check that no setting would be resolved again to another value. Nothing is resolved here.

    Raises:
        ConfigError: one of them depends on the time or on Hydra.
    """
    parts = [root._get_node(key) for key in root if key != "hydra"] + [root.hydra.run, root.hydra.sweep]
    values = (value for part in parts for value in _unresolved(part))
    for text in filter(lambda value: isinstance(value, str), values):
        for start in _CHANGING:
            if start in str(text):
                raise ConfigError(f"{text} does not work here: {start}…}} may change while a run waits or is resumed")


def refuse_sweeps_of_hydra(overrides: Sequence[Override]) -> None:
    """Check that no setting of Hydra itself has several values.

    Raises:
        ConfigError: one has.
    """
    for override in overrides:
        if override.is_hydra_override() and override.is_sweep_override():
            key = override.key_or_group.removeprefix("hydra.sweeper.params.")
            cure = f"; write {key}=…" if key != override.key_or_group else ""
            raise ConfigError(f"{override.input_line}: a setting of Hydra itself cannot have several values{cure}")


def _check_plugins(hydra: DictConfig) -> None:
    choices = hydra.runtime.choices
    sweeper, launcher = choices["hydra/sweeper"], choices["hydra/launcher"]
    if sweeper != "basic":
        raise ConfigError(
            f"hydra/sweeper={sweeper} does not work here: it would optimise over seeds; use optuna, with -m"
        )
    package, *_ = str(hydra.launcher._target_).rsplit(".", 2)
    if importlib.util.find_spec(package.partition(".")[0]) is None or importlib.util.find_spec(package) is None:
        ours = launcher == "submitit_slurm"
        cure = "pip install 'aiirmix[slurm]'" if ours else "install it, or add the folder that holds it to PYTHONPATH"
        raise ConfigError(f"hydra/launcher={launcher} needs {package}: {cure}")
    settings = OmegaConf.masked_copy(hydra.launcher, ["_target_"])
    check_requirements({"launcher": OmegaConf.to_container(settings)})


def _unresolved(part: Any) -> list[object]:  # noqa: ANN401 - nodes of OmegaConf have many types
    """Return all values in a node, or of it, as they were written."""
    if isinstance(part, DictConfig) and not part._is_interpolation():
        return [value for _, value in leaves(cast("dict[str, Any]", OmegaConf.to_container(part, resolve=False)))]
    return [part._value()]
