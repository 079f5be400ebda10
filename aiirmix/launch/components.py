"""Checks every component of a configuration (`_target_`) against the signature of what it builds."""

import ast
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiirmix.errors import ConfigError, shown, unknown
from aiirmix.launch.annotations import Expected, expectation
from aiirmix.launch.source import Definition, Module, find


@dataclass(frozen=True)
class Signature:
    """What a component takes."""

    parameters: dict[str, Expected | None]
    takes_others: bool
    """Whether it may take more than `parameters`."""


_HYDRA_KEYS = {"_target_", "_partial_", "_recursive_", "_convert_", "_args_"}


def check_components(config: dict[str, Any]) -> None:
    """Checks the components of a resolved configuration.

    Raises:
        ConfigError: a component does not exist, has no such setting, or a setting has the wrong type.
    """
    for path, node in _components(config, ""):
        check_component(path, node)


def check_component(path: str, node: dict[str, Any]) -> None:
    """Checks one component, found under the dotted key `path`.

    Raises:
        ConfigError: as `check_components`.
    """
    target = node["_target_"]
    definition = find(target)
    if definition is None:
        _require_unless_foreign(path, target)
        return
    expected = signature(definition)
    for key in node.keys() - _HYDRA_KEYS:
        if key in expected.parameters:
            _check_value(f"{path}.{key}", node[key], expected.parameters[key])
        elif not expected.takes_others:
            known = [f"{path}.{name}" for name in expected.parameters]
            raise ConfigError(unknown("key", f"{path}.{key}", known, listed=False))


def check_extras(loggers: dict[str, Any]) -> None:
    """Makes sure that the packages of the chosen loggers are installed; a logger is keyed by its package.

    Raises:
        ConfigError: one is not; the message says how to install it.
    """
    for package in loggers:
        if importlib.util.find_spec(package) is None:
            raise ConfigError(f"logger={package} needs the package {package}: pip install 'aiirmix[{package}]'")


def signature(definition: Definition) -> Signature:
    """What a function or class takes, as far as its own source says."""
    node, module = definition.node, definition.module
    if isinstance(node, ast.FunctionDef):
        return _parameters(node, module)
    body = node.body if isinstance(node, ast.ClassDef) else []
    for item in body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return _parameters(item, module)
    if isinstance(node, ast.ClassDef) and _is_plain_dataclass(node):
        return _fields(node, module)
    return Signature({}, takes_others=True)


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
    """A name of ours must have a source; other packages may be compiled, but must be installed."""
    top = target.partition(".")[0]
    if top == "aiirmix":
        raise ConfigError(f"{path}._target_: there is no {target}")
    if importlib.util.find_spec(top) is None:
        raise ConfigError(f"{path}._target_: {target} needs the package {top}, which is not installed")


def _check_value(key: str, value: object, expected: Expected | None) -> None:
    if expected is None or expected.fits(value):
        return
    if expected.words and isinstance(value, str):
        raise ConfigError(f"{key}: {unknown(key.rpartition('.')[2], value, expected.words)}")
    raise ConfigError(f"{key} must be {expected.says}, not {shown(value)}")


def _parameters(function: ast.FunctionDef, module: Module) -> Signature:
    arguments = function.args
    named = [argument for argument in [*arguments.args, *arguments.kwonlyargs] if argument.arg not in ("self", "cls")]
    parameters = {argument.arg: expectation(argument.annotation, module) for argument in named}
    return Signature(parameters, takes_others=arguments.kwarg is not None)


def _fields(node: ast.ClassDef, module: Module) -> Signature:
    fields = {
        item.target.id: expectation(item.annotation, module)
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }
    return Signature(fields, takes_others=False)


def _is_plain_dataclass(node: ast.ClassDef) -> bool:
    """A dataclass whose fields are all its own: without a base class that could bring some."""
    decorators = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
    return "dataclass" in decorators and not node.bases
