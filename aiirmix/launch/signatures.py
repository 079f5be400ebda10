"""What a function or a class takes, read from its source."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from aiirmix.launch.annotations import last_name
from aiirmix.launch.source import Definition, Module, resolve


@dataclass(frozen=True)
class Parameter:
    """An annotation, and the module in which its names have their meaning."""

    annotation: ast.expr | None
    module: Module


@dataclass(frozen=True)
class Signature:
    """What a component takes."""

    parameters: dict[str, Parameter]
    takes_others: bool
    """Whether it may take more than `parameters`: it says so, or its source does not tell."""


UNKNOWN = Signature({}, takes_others=True)


def signature(definition: Definition) -> Signature:
    """What a function or class takes, as far as the sources tell."""
    node, module = definition.node, definition.module
    if isinstance(node, ast.FunctionDef):
        return _of_function(node, module)
    if not isinstance(node, ast.ClassDef):
        return UNKNOWN
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return _of_function(item, module)
    inherited = [_of_base(base, module) for base in node.bases]
    return _of_dataclass(node, module, inherited) if _is_dataclass(node) else next(iter(inherited), UNKNOWN)


def _of_function(function: ast.FunctionDef, module: Module) -> Signature:
    arguments = function.args
    named = [argument for argument in [*arguments.args, *arguments.kwonlyargs] if argument.arg not in ("self", "cls")]
    parameters = {argument.arg: Parameter(argument.annotation, module) for argument in named}
    return Signature(parameters, takes_others=arguments.kwarg is not None)


def _of_base(base: ast.expr, module: Module) -> Signature:
    found = resolve(module, base.id) if isinstance(base, ast.Name) else None
    return signature(found) if found else UNKNOWN


def _of_dataclass(node: ast.ClassDef, module: Module, inherited: list[Signature]) -> Signature:
    parameters = {name: parameter for base in inherited for name, parameter in base.parameters.items()}
    parameters |= {name: Parameter(annotation, module) for name, annotation in _fields(node)}
    return Signature(parameters, takes_others=any(base.takes_others for base in inherited))


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """The fields of a dataclass that its constructor takes."""
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            inner = "ClassVar" in ast.unparse(item.annotation) or "init=False" in ast.unparse(item)
            if not inner:
                yield item.target.id, item.annotation


def _is_dataclass(node: ast.ClassDef) -> bool:
    decorators = (item.func if isinstance(item, ast.Call) else item for item in node.decorator_list)
    return any(last_name(decorator) == "dataclass" for decorator in decorators)
