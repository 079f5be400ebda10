"""What an annotation in the source code expects of a configured value, read without importing anything."""

import ast
from collections.abc import Callable
from dataclasses import dataclass

from aiirmix.launch.source import Definition, Module, resolve


@dataclass(frozen=True)
class Expected:
    """What a value must be."""

    says: str
    """As it is said after "must be": `a number`, `an integer or null`."""
    fits: Callable[[object], bool]
    words: tuple[str, ...] = ()
    """The words to choose from, if it is a choice among words."""


def _integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_SIMPLE = {
    "int": Expected("an integer", _integer),
    "float": Expected("a number", lambda value: isinstance(value, float) or _integer(value)),
    "bool": Expected("true or false", lambda value: isinstance(value, bool)),
    "str": Expected("text", lambda value: isinstance(value, str)),
    "None": Expected("null", lambda value: value is None),
}
_COMPONENT = Expected("a component (a group with a _target_)", lambda value: isinstance(value, dict))
_LISTS = {"list", "List", "Sequence", "tuple", "Tuple"}


def expectation(annotation: ast.expr | None, module: Module) -> Expected | None:
    """What the annotation expects; None if the source at hand does not tell (`Any`, classes of other packages, …)."""
    match annotation:
        case ast.Constant(value=None):
            return _SIMPLE["None"]
        case ast.Constant(value=str() as text):
            return expectation(ast.parse(text, mode="eval").body, module)
        case ast.Name(id=name):
            return _SIMPLE.get(name) or _alias(name, module)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _either([left, right], module)
        case ast.Subscript(value=kind, slice=inside):
            return _subscript(_last_name(kind), inside, module)
    return None


def _alias(name: str, module: Module) -> Expected | None:
    found = resolve(module, name)
    if found is None:
        return None
    if isinstance(found.node, ast.expr):
        return expectation(found.node, found.module)
    return _COMPONENT if _is_own_class(found) else None


def _is_own_class(found: Definition) -> bool:
    """Whether it is a class of this project that no plain value can stand for, as one can for an enumeration."""
    names = {_last_name(base) for base in found.node.bases} if isinstance(found.node, ast.ClassDef) else {"Enum"}
    return found.module.name.startswith("aiirmix.") and not names & {"Enum", "StrEnum", "IntEnum", "str", "int"}


def _subscript(kind: str, inside: ast.expr, module: Module) -> Expected | None:
    items = inside.elts if isinstance(inside, ast.Tuple) else [inside]
    if kind == "Literal":
        return _one_of([item.value for item in items if isinstance(item, ast.Constant)])
    if kind == "Optional":
        return _either([*items, ast.Constant(None)], module)
    if kind == "Union":
        return _either(items, module)
    if kind == "Callable":
        return _COMPONENT
    if kind in _LISTS:
        return _list_of(expectation(items[0], module))
    return None


def _one_of(values: list[object]) -> Expected:
    words = tuple(value for value in values if isinstance(value, str))
    return Expected(f"one of {', '.join(map(str, values))}", lambda value: value in values, words)


def _either(options: list[ast.expr], module: Module) -> Expected | None:
    known = [expected for option in options if (expected := expectation(option, module))]
    if len(known) < len(options):
        return None
    return Expected(
        " or ".join(expected.says for expected in known),
        lambda value: any(expected.fits(value) for expected in known),
        tuple(word for expected in known for word in expected.words),
    )


def _list_of(item: Expected | None) -> Expected:
    return Expected(
        f"a list, each {item.says}" if item else "a list",
        lambda value: isinstance(value, list) and all(item is None or item.fits(entry) for entry in value),
    )


def _last_name(node: ast.expr) -> str:
    """`Literal` for both `Literal` and `typing.Literal`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
