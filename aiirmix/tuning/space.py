"""Spaces: which settings of a family of models are searched (`conf/tune/<space>.yaml`)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from aiirmix.common.errors import ConfigError, shown, unknown
from aiirmix.common.resources import CONF
from aiirmix.report.yaml_spec import read_yaml, require_keys, require_list

FOLDER = CONF / "tune"

Value = float | int | str | bool

SEARCHED = ("model.", "model/")
"""How the keys of a space begin: the rest of a run, its seed and budget above all, is the same in all trials."""


@dataclass(frozen=True)
class Interval:
    """A setting between two numbers, both included."""

    low: float
    high: float
    log: bool = False
    """Whether equal ratios are equally likely, not equal differences."""


@dataclass(frozen=True)
class Choices:
    """A setting with one of these values."""

    choices: tuple[Value, ...]


@dataclass(frozen=True)
class Space:
    """The settings that are searched."""

    name: str
    models: tuple[str, ...]
    """The models that are searched here unless another space is named."""
    settings: Mapping[str, BaseDistribution]


@dataclass(frozen=True)
class _File:
    models: list[str]
    settings: dict[str, Any]


def space_of(model: str, name: str | None) -> Space:
    """Return the space with this name, or the one that names the model.

    Args:
        model: a file of `conf/model/`.
        name: a file of `conf/tune/`, or the path of another file; None for the one of ours that names the model.

    Raises:
        ConfigError: there is none, or it is wrong; the message names the key and what would be right.
    """
    if name is None:
        return _of_model(model)
    if name in names():
        return read_space(FOLDER / f"{name}.yaml")
    if not Path(name).is_file():
        raise ConfigError(unknown("space", name, names()))
    return read_space(Path(name))


def names() -> list[str]:
    """Return the names of our spaces."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def read_space(path: Path) -> Space:
    """Read a space.

    Raises:
        ConfigError: it is wrong; the message names the key and what would be right.
    """
    entries = require_keys(read_yaml(path), _File, str(path))
    models = tuple(map(str, require_list("models", entries["models"], str(path))))
    settings = entries["settings"]
    if not isinstance(settings, Mapping) or not settings:
        raise ConfigError(f"{path}: settings is empty; name at least one setting of the model")
    found = {str(key): _distribution(str(key), entry, str(path)) for key, entry in settings.items()}
    return Space(path.stem, models, found)


def _of_model(model: str) -> Space:
    spaces = [read_space(FOLDER / f"{name}.yaml") for name in names()]
    found = next((space for space in spaces if model in space.models), None)
    models = sorted(file.stem for file in (CONF / "model").glob("*.yaml"))
    if found is None and model not in models:
        raise ConfigError(f"{unknown('model', model, models)}; one of your own needs space=…")
    if found is None:
        raise ConfigError(f"no space names the model {model}: choose one with space=… (known: {', '.join(names())})")
    return found


def _distribution(key: str, entry: object, where: str) -> BaseDistribution:
    if not key.startswith(SEARCHED):
        raise ConfigError(f"{where}: {key} is no setting of the model: seeds, budget and maps are those of the command")
    place = f"{where}, {key}"
    if isinstance(entry, Mapping) and "choices" in entry:
        return _choices(require_keys(entry, Choices, place)["choices"], place)
    return _interval(Interval(**require_keys(entry, Interval, place)), place)


def _choices(values: object, place: str) -> CategoricalDistribution:
    listed = require_list("choices", values, place)
    for value in listed:
        if not isinstance(value, str | int | float):
            raise ConfigError(f"{place}: a choice must be a name or a number, not {shown(value)}")
    choices = list(dict.fromkeys(cast("list[Value]", listed)))
    if len(choices) < 2:
        raise ConfigError(f"{place}: choices has only {shown(choices[0])}; name at least two")
    return CategoricalDistribution(choices)


def _interval(one: Interval, place: str) -> FloatDistribution | IntDistribution:
    for name, number in (("low", one.low), ("high", one.high)):
        if not isinstance(number, int | float) or isinstance(number, bool) or not math.isfinite(number):
            raise ConfigError(f"{place}: {name} must be a number, not {shown(number)}")
    if not isinstance(one.log, bool):
        raise ConfigError(f"{place}: log must be true or false, not {shown(one.log)}")
    if one.low >= one.high:
        raise ConfigError(f"{place}: low must be less than high, not {one.low} and {one.high}")
    if one.log and one.low <= 0:
        raise ConfigError(f"{place}: with log, low must be more than 0, not {one.low}")
    if isinstance(one.low, int) and isinstance(one.high, int):
        return IntDistribution(one.low, one.high, log=one.log)
    return FloatDistribution(one.low, one.high, log=one.log)


def written(value: Value) -> str:
    """Write a value as an override has it: numbers with three significant digits.

    Example:
        >>> written(0.00123456), written(150), written("clipped")
        ('0.00123', '150', 'clipped')
    """
    if isinstance(value, float):
        return repr(float(f"{value:.3g}"))
    return shown(value).strip("'")
