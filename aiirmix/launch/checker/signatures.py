"""The parameters of a function or a class, read from its source."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from aiirmix.launch.checker.annotations import last_name
from aiirmix.launch.checker.source import Definition, Module, resolve


@dataclass(frozen=True)
class Parameter:
    """An annotation, and the module in which its names are defined."""

    annotation: ast.expr | None
    module: Module


@dataclass(frozen=True)
class Signature:
    """The parameters of a component."""

    parameters: dict[str, Parameter]
    takes_others: bool
    """Whether it may take more than `parameters`: it has a ``**name``, or its source does not tell."""


UNKNOWN = Signature({}, takes_others=True)


@cache
def signature(definition: Definition) -> Signature:
    """Return the parameters of a function or class, as far as the sources tell.

    A constructor that hands its ``**name`` on to ``super().__init__`` also takes what its base class takes.
    """
    node, module = definition.node, definition.module
    if isinstance(node, ast.FunctionDef):
        return _of_function(node, module)
    if not isinstance(node, ast.ClassDef):
        return UNKNOWN
    inherited = [_of_base(base, module) for base in node.bases]
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return _with_inherited(item, _of_function(item, module), next(iter(inherited), UNKNOWN))
    return _of_dataclass(node, module, inherited) if _is_dataclass(node) else next(iter(inherited), UNKNOWN)


def _of_function(function: ast.FunctionDef, module: Module) -> Signature:
    arguments = function.args
    named = [argument for argument in [*arguments.args, *arguments.kwonlyargs] if argument.arg not in ("self", "cls")]
    parameters = {argument.arg: Parameter(argument.annotation, module) for argument in named}
    return Signature(parameters, takes_others=arguments.kwarg is not None)


def _with_inherited(constructor: ast.FunctionDef, own: Signature, base: Signature) -> Signature:
    """Add the base class's parameters to which the constructor hands its ``**name`` on."""
    call = _forwarding_call(constructor)
    if call is None:
        return own
    given = {keyword.arg for keyword in call.keywords}
    by_name = list(base.parameters.items())[len(call.args) :]
    left = {name: parameter for name, parameter in by_name if name not in given}
    return Signature(left | own.parameters, base.takes_others)


def _forwarding_call(constructor: ast.FunctionDef) -> ast.Call | None:
    """Find ``super().__init__(…, **name)`` with the constructor's own ``**name``."""
    forwarded = constructor.args.kwarg.arg if constructor.args.kwarg else None
    for node in ast.walk(constructor):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__")):
                if any(k.arg is None and getattr(k.value, "id", "") == forwarded for k in node.keywords):
                    return node
    return None


def _of_base(base: ast.expr, module: Module) -> Signature:
    found = resolve(module, base.id) if isinstance(base, ast.Name) else None
    return signature(found) if found else UNKNOWN


def _of_dataclass(node: ast.ClassDef, module: Module, inherited: list[Signature]) -> Signature:
    parameters = {name: parameter for base in inherited for name, parameter in base.parameters.items()}
    parameters |= {name: Parameter(annotation, module) for name, annotation in _fields(node)}
    return Signature(parameters, takes_others=any(base.takes_others for base in inherited))


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield the fields of a dataclass that its constructor takes."""
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            inner = "ClassVar" in ast.unparse(item.annotation) or "init=False" in ast.unparse(item)
            if not inner:
                yield item.target.id, item.annotation


def _is_dataclass(node: ast.ClassDef) -> bool:
    decorators = (item.func if isinstance(item, ast.Call) else item for item in node.decorator_list)
    return any(last_name(decorator) == "dataclass" for decorator in decorators)
