"""Checks configured values against annotations in the source code, without importing anything."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiirmix.launch.checker.source import Definition, Module, resolve


@dataclass(frozen=True)
class Mismatch:
    """The value that was wanted instead."""

    wanted: str
    """What follows "must be" in a message: `a number`, `an integer or null`."""
    words: tuple[str, ...] = ()
    """The words to choose from, if there is a choice of words."""


def _integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


PLAIN: dict[str, tuple[str, Callable[[object], bool]]] = {
    "int": ("an integer", _integer),
    "float": ("a number", lambda value: isinstance(value, float) or _integer(value)),
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "str": ("text", lambda value: isinstance(value, str)),
    "None": ("null", lambda value: value is None),
}
"""The description of each plain type, and a test for its values."""

_LISTS = {"list", "List", "Sequence", "tuple", "Tuple"}
_COMPONENT = Mismatch("a component (a group with a _target_)")
_VALUE_LIKE = {"Enum", "StrEnum", "IntEnum", "str", "int", "float"}
"""Base classes whose instances can be made from plain values."""


def mismatch(annotation: ast.expr | None, value: object, module: Module) -> Mismatch | None:
    """Return what the annotation wants instead of the value; None if it fits, or if the sources do not tell."""
    match annotation:
        case ast.Constant(value=None):
            return _plain("None", value)
        case ast.Constant(value=str() as text):
            return mismatch(ast.parse(text, mode="eval").body, value, module)
        case ast.Name(id=name):
            return _plain(name, value) if name in PLAIN else _named(resolve(module, name), value)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _all_of(mismatch(option, value, module) for option in (left, right))
        case ast.Subscript(value=kind, slice=inside):
            items = inside.elts if isinstance(inside, ast.Tuple) else [inside]
            return _subscript(last_name(kind), items, value, module)
    return None


def last_name(node: ast.expr) -> str:
    """Return `Literal` for both `Literal` and `typing.Literal`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _plain(name: str, value: object) -> Mismatch | None:
    wanted, fits = PLAIN[name]
    return None if fits(value) else Mismatch(wanted)


def _named(found: Definition | None, value: object) -> Mismatch | None:
    """Follow an alias. For a class, require a component, unless its instances can be made from plain values."""
    match found:
        case Definition(ast.expr() as alias, module):
            return mismatch(alias, value, module)
        case Definition(ast.ClassDef(bases=bases), _) if not _VALUE_LIKE & set(map(last_name, bases)):
            return None if isinstance(value, dict) else _COMPONENT
    return None


def _subscript(kind: str, items: list[ast.expr], value: object, module: Module) -> Mismatch | None:
    if kind == "Literal":
        return _one_of([item.value for item in items if isinstance(item, ast.Constant)], value)
    if kind == "Annotated":
        return mismatch(items[0], value, module) or _outside(items[1:], value)
    if kind in ("Optional", "Union"):
        options = [*items, ast.Constant(None)] if kind == "Optional" else items
        return _all_of(mismatch(option, value, module) for option in options)
    if kind == "Callable":
        return None if isinstance(value, dict) else _COMPONENT
    if kind in _LISTS:
        return _list_of(items[0], value, module)
    return None


def _one_of(allowed: list[object], value: object) -> Mismatch | None:
    if value in allowed:
        return None
    return Mismatch(f"one of {', '.join(map(str, allowed))}", tuple(word for word in allowed if isinstance(word, str)))


def _outside(notes: list[ast.expr], value: object) -> Mismatch | None:
    """Check a number against the limits of `aiirmix.common.limits`, written with plain numbers."""
    for note in notes:
        if isinstance(note, ast.Call) and isinstance(value, int | float):
            allowed, wanted = _limits(note, value)
            if not allowed:
                return Mismatch(wanted)
    return None


def _limits(note: ast.Call, value: float) -> tuple[bool, str]:
    """Return whether a value is within a limit, which nan never is, and what the limit allows."""
    numbers = [ast.literal_eval(number) for number in note.args]
    match last_name(note.func):
        case "Limits":
            least, greatest = numbers
            below = any(keyword.arg == "open" and ast.literal_eval(keyword.value) for keyword in note.keywords)
            within = least <= value <= greatest and (value < greatest or not below)
            return within, f"a number from {least} to {'below ' * below}{greatest}"
        case "AtLeast":
            return value >= numbers[0], f"{numbers[0]} or more"
        case "Above":
            return value > numbers[0], f"a number above {numbers[0]}"
    return True, ""


def _all_of(mismatches: Iterable[Mismatch | None]) -> Mismatch | None:
    """Return what is wrong with a value that fits none of several options; stop at the first option that it fits."""
    found = []
    for wrong in mismatches:
        if wrong is None:
            return None
        found.append(wrong)
    values = [wrong for wrong in found if wrong is not _COMPONENT] or found[:1]
    words = tuple(word for wrong in values for word in wrong.words)
    return Mismatch(" or ".join(wrong.wanted for wrong in values), words)


def _list_of(item: ast.expr, value: object, module: Module) -> Mismatch | None:
    if not isinstance(value, list):
        return Mismatch("a list")
    wrong = next(filter(None, (mismatch(item, entry, module) for entry in value)), None)
    return Mismatch(f"a list, each entry {wrong.wanted}") if wrong else None
