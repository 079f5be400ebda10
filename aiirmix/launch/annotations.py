"""Whether a configured value fits an annotation in the source code, found out without importing anything."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiirmix.launch.source import Definition, Module, resolve


@dataclass(frozen=True)
class Mismatch:
    """What a value should have been."""

    says: str
    """As it is said after "must be": `a number`, `an integer or null`."""
    words: tuple[str, ...] = ()
    """The words to choose from, if it is a choice among words."""


def _integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


PLAIN: dict[str, tuple[str, Callable[[object], bool]]] = {
    "int": ("an integer", _integer),
    "float": ("a number", lambda value: isinstance(value, float) or _integer(value)),
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "str": ("text", lambda value: isinstance(value, str)),
    "None": ("null", lambda value: value is None),
}
"""What each plain type is called, and whether a value is of it."""

_LISTS = {"list", "List", "Sequence", "tuple", "Tuple"}
_COMPONENT = Mismatch("a component (a group with a _target_)")
_VALUE_LIKE = {"Enum", "StrEnum", "IntEnum", "str", "int", "float"}
"""Base classes of which a plain value can become an instance."""


def mismatch(annotation: ast.expr | None, value: object, module: Module) -> Mismatch | None:
    """What the annotation wants instead of the value; None if it fits, or if the sources do not tell."""
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
    """`Literal` for both `Literal` and `typing.Literal`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _plain(name: str, value: object) -> Mismatch | None:
    says, fits = PLAIN[name]
    return None if fits(value) else Mismatch(says)


def _named(found: Definition | None, value: object) -> Mismatch | None:
    """Follows an alias; an instance of a class must be built by a component, unless plain values can become one."""
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
        return mismatch(items[0], value, module) or _beyond(items[1:], value)
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


def _beyond(notes: list[ast.expr], value: object) -> Mismatch | None:
    """Checks a number against `aiirmix.common.limits.Limits`, written with plain numbers."""
    for note in notes:
        if isinstance(note, ast.Call) and last_name(note.func) == "Limits":
            least, greatest = map(ast.literal_eval, note.args)
            if isinstance(value, int | float) and not least <= value <= greatest:
                return Mismatch(f"a number from {least} to {greatest}")
    return None


def _all_of(mismatches: Iterable[Mismatch | None]) -> Mismatch | None:
    """What is wrong with a value that fits none of several options; looks no further than the first that it fits."""
    wanted = []
    for wrong in mismatches:
        if wrong is None:
            return None
        wanted.append(wrong)
    values = [wrong for wrong in wanted if wrong is not _COMPONENT] or wanted[:1]
    return Mismatch(
        " or ".join(wrong.says for wrong in values), tuple(word for wrong in values for word in wrong.words)
    )


def _list_of(item: ast.expr, value: object, module: Module) -> Mismatch | None:
    if not isinstance(value, list):
        return Mismatch("a list")
    wrong = next(filter(None, (mismatch(item, entry, module) for entry in value)), None)
    return Mismatch(f"a list, each entry {wrong.says}") if wrong else None
