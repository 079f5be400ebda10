"""What a command asks to be tuned: models, the search, and the settings of all runs."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

from hydra.core.override_parser.types import ChoiceSweep, Override
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError, shown, unknown
from aiirmix.launch.compose import compose_run, parse
from aiirmix.report.evaluations import named_metric
from aiirmix.runs.seeds import FIRST

SWEEPER = "hydra/sweeper"
LAUNCHER = "hydra/launcher"
DEFAULTS = {"name": "tuning", LAUNCHER: "joblib"}
"""Settings of the runs that differ from those of `aiirmix train`, if the command does not have them."""


@dataclass(frozen=True)
class Search:
    """The settings in `conf/hydra/sweeper/optuna.yaml`, which explains them."""

    space: str | None
    trials: int
    seeds: int
    metric: str
    at_once: int
    sampler: dict[str, Any]
    pruner: dict[str, Any]


@dataclass(frozen=True)
class Request:
    """A command."""

    models: tuple[str, ...]
    search: Search
    overrides: tuple[str, ...]
    """Those of every run; several values are maps or environments that a trial is averaged over."""


def require_optuna() -> None:
    """Check that Optuna is installed.

    Raises:
        ConfigError: it is not.
    """
    if importlib.util.find_spec("optuna") is None:
        raise ConfigError("tuning needs Optuna: pip install 'aiirmix[tune]'")


def as_setting(word: str) -> str:
    """Return `space=…`, as it is typed, as the setting of the search that it is; any other word as it is."""
    return f"hydra.sweeper.{word}" if word.startswith("space=") else word


def read_request(words: Sequence[str]) -> Request:
    """Read the overrides of a command. Needs an initialized Hydra.

    Raises:
        ConfigError: one of them has no meaning here.
    """
    overrides = parse(words)
    searching = [one for one in overrides if one.key_or_group.replace("/", ".").startswith("hydra.sweeper")]
    models = [model for one in overrides if one.key_or_group == "model" for model in _values(one)]
    runs = [one for one in overrides if one not in searching and one.key_or_group != "model"]
    for one in runs:
        _refuse(one)
    if len(set(models)) < len(models) or not models:
        raise ConfigError("name each model once" if models else "name a model to tune, e.g. aiir_mix")
    given = {one.key_or_group for one in runs}
    added = [f"{key}={value}" for key, value in DEFAULTS.items() if key not in given]
    return Request(tuple(models), _search(searching), (*(str(one.input_line) for one in runs), *added))


def _values(override: Override) -> list[str]:
    value = override.value()
    values = value.list if isinstance(value, ChoiceSweep) else [value]
    for one in values:
        if not isinstance(one, str):
            raise ConfigError(f"{override.input_line}: a model is a name")
    return cast("list[str]", values)


def _refuse(override: Override) -> None:
    key = override.key_or_group
    if key == "seed":
        seeds = f"{FIRST}, {FIRST + 1}, …"
        raise ConfigError(f"{override.input_line}: tuning has seeds of its own, {seeds}; say how many: --seeds 2")
    if override.is_sweep_override() and key.partition(".")[0] != "env":
        raise ConfigError(
            f"{override.input_line}: a trial has one value of {key}, averaged over seeds, env=… and env.map=… only"
        )


def _search(overrides: Sequence[Override]) -> Search:
    lines = [str(one.input_line) for one in overrides]
    for one in overrides:
        if one.is_sweep_override():
            raise ConfigError(f"{one.input_line}: a search has one value of {one.key_or_group}")
    chosen = [] if any(one.key_or_group == SWEEPER for one in overrides) else [f"{SWEEPER}=optuna"]
    content = cast("dict[str, Any]", OmegaConf.to_container(compose_run([*chosen, *lines]).hydra.sweeper, resolve=True))
    known = [field.name for field in fields(Search)]
    for key in content:
        if key not in known:
            raise ConfigError(unknown("key", f"hydra.sweeper.{key}", [f"hydra.sweeper.{one}" for one in known]))
    for key in ("trials", "seeds", "at_once"):
        if not isinstance(content[key], int) or isinstance(content[key], bool) or content[key] < 1:
            raise ConfigError(f"{key} must be a whole number from 1, not {shown(content[key])}")
    named_metric(str(content["metric"]))
    return Search(**content)
