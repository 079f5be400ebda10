"""The parts of Hydra that have no public interface, one function for each need.

Hydra's public functions compose a configuration or run a whole command. They cannot parse a command line without
running it, split a sweep without starting it, or start a launcher without a sweeper. Every function here has a test in
`tests/launch/test_hydra_adapter.py`, which shows whether a version of Hydra still provides it.
"""

import argparse
import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

from hydra._internal.callbacks import Callbacks
from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.utils import get_args_parser
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.errors import HydraException
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, RunMode, TaskFunction
from hydra.utils import instantiate
from omegaconf import DictConfig, open_dict

LAUNCHERS = ("joblib", "submitit_slurm")
"""The launchers that `conf/hydra/launcher` configures."""


def argument_parser() -> argparse.ArgumentParser:
    """Return the parser of Hydra's command line: flags such as `--multirun`, and `overrides`."""
    return get_args_parser()


def flags() -> dict[str, tuple[str, ...] | None]:
    """Return the long flags of Hydra's command line, with the suggested values of those that take one."""
    actions = argument_parser()._option_string_actions.items()
    long = ((flag, action) for flag, action in actions if flag.startswith("--"))
    return {flag: None if action.nargs == 0 else tuple(action.choices or ()) for flag, action in long}


def parse_overrides(arguments: Sequence[str]) -> list[Override]:
    """Parse overrides. Needs an initialized Hydra.

    Raises:
        OverrideParseException: one of them has no meaning.
    """
    return OverridesParser.create(config_loader=GlobalHydra.instance().config_loader()).parse_overrides([*arguments])


def split_sweep(overrides: Sequence[Override]) -> list[tuple[str, ...]]:
    """Return the overrides of every run of a sweep. The values of the last key change fastest.

    Raises:
        HydraException: a sweep is not a list of values.
    """
    [jobs] = BasicSweeper.split_arguments(list(overrides), max_batch_size=None)
    return [tuple(job) for job in jobs]


@cache
def in_a_sweep(override: str) -> str:
    """Return one override as a sweep writes it: `a.b=true` → `a.b=True`, `a.b=1e-3` → `a.b=0.001`.

    What is no override, or already a sweep, is returned as it is.
    """
    try:
        parsed = OverridesParser.create().parse_override(override)
    except HydraException:
        return override
    return split_sweep([parsed])[0][0] if not (parsed.is_sweep_override() or parsed.is_delete()) else override


def groups(above: str = "") -> list[str]:
    """Return the names of the config groups in a group (`model/`), or at the top. Needs an initialized Hydra."""
    return list(GlobalHydra.instance().config_loader().list_groups(above))


def options(group: str) -> list[str]:
    """Return what can be chosen in a config group, without schemas. Needs an initialized Hydra."""
    found = GlobalHydra.instance().config_loader().get_group_options(group)
    return [option for option in found if not option.endswith("_schema")]


def is_change(override: Override) -> bool:
    """Return whether an override is `key=value`: it adds and deletes nothing."""
    return override.type is OverrideType.CHANGE


def is_value(override: Override) -> bool:
    """Return whether an override changes a value and nothing else: it chooses, adds and removes no component."""
    key = override.key_or_group
    is_setting = "." in key or key in ("name", "seed", "env_steps", "threads")
    is_plain = is_change(override) and override.package is None and "/" not in key
    return is_setting and is_plain and not override.is_hydra_override()


def with_values(config: DictConfig, overrides: Sequence[Override]) -> DictConfig:
    """Return a copy of a composed configuration in which the overrides that are values have been changed.

    It is what Hydra composes from all the overrides, for a tenth of the time.

    Args:
        config: composed from the other overrides, with its `hydra` node.
        overrides: all of them.

    Raises:
        HydraException: there is no such value, or it cannot be changed.
    """
    changed = copy.deepcopy(config)
    ConfigLoaderImpl._apply_overrides_to_config([one for one in overrides if is_value(one)], changed)
    own = [one for one in overrides if not one.is_hydra_override()]
    changed.hydra.overrides.task = [one.input_line for one in own]
    style = changed.hydra.job.config.override_dirname
    changed.hydra.job.override_dirname = get_overrides_dirname(own, style.exclude_keys, style.item_sep, style.kv_sep)
    return changed


def without_help(config: DictConfig) -> DictConfig:
    """Remove what only texts and logs of Hydra need from a composed configuration: copies are made in half the time."""
    with open_dict(config.hydra):
        for key in ("help", "hydra_help", "hydra_logging", "job_logging"):
            del config.hydra[key]
    return config


def launcher(overrides: Sequence[str], task: TaskFunction) -> Launcher:
    """Return the launcher that the overrides choose: a plugin, or any other class. Needs an initialized Hydra.

    Args:
        overrides: without sweeps.
        task: runs one job with its configuration.
    """
    hydra = GlobalHydra.instance().hydra
    assert hydra is not None
    config = hydra.compose_config("config", [*overrides, "hydra.mode=MULTIRUN"], run_mode=RunMode.MULTIRUN)
    context = HydraContext(config_loader=hydra.config_loader, callbacks=Callbacks(config))
    if Plugins.is_in_toplevel_plugins_module(config.hydra.launcher._target_):
        return Plugins.instance().instantiate_launcher(hydra_context=context, task_function=task, config=config)
    own: Launcher = instantiate(config.hydra.launcher, _convert_="all")
    own.setup(hydra_context=context, task_function=task, config=config)
    return own


@contextmanager
def separate_workers(lost: Callable[[tuple[str, ...], str], None]) -> Iterator[None]:
    """Let the joblib launcher survive the death of a worker while inside the block.

    Args:
        lost: gets the overrides of a job whose worker died, and the reason.
    """
    from hydra_plugins.hydra_joblib_launcher import _core  # type: ignore[import-untyped]

    from aiirmix.launch.workers import Call, Workers

    def replace(call: Call, reason: str) -> JobReturn:
        lost(tuple(call.arguments[1]), reason)
        return JobReturn()

    joblib = _core.Parallel
    _core.Parallel = partial(Workers, replace)
    try:
        yield
    finally:
        _core.Parallel = joblib


def name_launcher_schemas() -> None:
    """Rename the schemas that launcher plugins store: `joblib` becomes `joblib_schema`.

    A plugin stores its schema under the name of the launcher, which our own file in `conf/hydra/launcher` has, too.
    Hydra deprecates such a pair. With another name, the file can have the schema in its defaults list. A plugin that is
    not installed gets an empty schema, so that the launcher can be composed and the error can name the plugin.
    """
    Plugins.instance()
    store = ConfigStore.instance()
    schemas = LauncherSchemas()
    for file, schema in store.repo["hydra"]["launcher"].items():
        schemas[file] = schema
    store.repo["hydra"]["launcher"] = schemas
    for name in LAUNCHERS:
        if f"{name}_schema.yaml" not in schemas:
            store.store(f"{name}_schema", {}, group="hydra/launcher")


class LauncherSchemas(dict[str, Any]):
    """What `ConfigStore` holds for `hydra/launcher`: a schema stored as `joblib.yaml` becomes `joblib_schema.yaml`.

    A worker of a sweep gets this dictionary, then scans for plugins, which store their schemas once more.
    """

    def __setitem__(self, file: str, schema: object) -> None:
        """Store a schema under its new name."""
        name = file.removesuffix(".yaml")
        super().__setitem__(f"{name}_schema.yaml" if name in LAUNCHERS else file, schema)
