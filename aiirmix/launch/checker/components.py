"""Checks every component of a configuration (`_target_`) against the signature of what it builds."""

import importlib
from collections.abc import Iterator
from typing import Any

from aiirmix.common.errors import ConfigError, shown, unknown
from aiirmix.launch.checker.annotations import mismatch
from aiirmix.launch.checker.signatures import Parameter, signature
from aiirmix.launch.checker.source import find, find_package

_HYDRA_KEYS = {"_target_", "_partial_", "_recursive_", "_convert_", "_args_"}


def check_components(config: dict[str, Any]) -> None:
    """Check the components of a resolved configuration.

    Raises:
        ConfigError: a component does not exist, has no such setting, or a setting has the wrong type.
    """
    for path, node in _components(config, ""):
        check_component(path, node)


def check_component(path: str, node: dict[str, Any]) -> None:
    """Check one component, found under the dotted key `path`.

    Raises:
        ConfigError: as `check_components`.
    """
    if not isinstance(node["_target_"], str):
        raise ConfigError(f"{path}._target_ must be the name of a class or function, not {shown(node['_target_'])}")
    definition = find(node["_target_"])
    if definition is None:
        _require_unless_foreign(path, node["_target_"])
        return
    takes = signature(definition)
    for key, value in node.items():
        if key in takes.parameters:
            _check_value(f"{path}.{key}", value, takes.parameters[key])
        elif key not in _HYDRA_KEYS and not takes.takes_others:
            known = [f"{path}.{name}" for name in takes.parameters]
            raise ConfigError(unknown("key", f"{path}.{key}", known, listed=False))


def check_requirements(config: dict[str, Any]) -> None:
    """Let the packages of the components check this machine for what they need.

    For a component `pkg.module.Name` this calls `pkg.requirements.check(settings)`, if that exists. It must be quick,
    as it is called before anything starts.

    Raises:
        ConfigError: something is missing; the message says how to get it.
    """
    for _, node in _components(config, ""):
        requirements = ".".join([*node["_target_"].split(".")[:-2], "requirements"])
        if find(f"{requirements}.check") is not None:
            importlib.import_module(requirements).check(node)


def _components(node: object, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if "_target_" in node:
            yield path, node
        for key, value in node.items():
            yield from _components(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _components(value, f"{path}.{index}")


def _require_unless_foreign(path: str, target: str) -> None:
    """Refuse a name of this package that has no source, and a package that is not installed; it may be compiled."""
    top = target.partition(".")[0]
    if top == "aiirmix":
        raise ConfigError(f"{path}._target_: there is no {target}")
    if find_package(top) is None:
        cure = "add the folder that holds it to PYTHONPATH, or install its package"
        raise ConfigError(f"{path}._target_: {target}: there is no module {top}; {cure}")


def _check_value(key: str, value: object, parameter: Parameter) -> None:
    wrong = mismatch(parameter.annotation, value, parameter.module)
    if wrong is None:
        return
    if wrong.words and isinstance(value, str):
        raise ConfigError(f"{key}: {unknown(key.rpartition('.')[2], value, wrong.words)}")
    raise ConfigError(f"{key} must be {wrong.wanted}, not {shown(value)}")
