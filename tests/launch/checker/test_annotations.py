"""Configured values against annotations, in source that is never imported."""

import ast
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.launch.checker.annotations import mismatch
from aiirmix.launch.checker.source import Module, find, find_module

SOURCE = """
import typing
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Annotated, Literal, Optional, Union
from aiirmix.common.limits import Limits
from .words import Colour as Paint

raise RuntimeError("this module must never be imported")

Shape = Literal["round", "square"]
Either = Shape | None
Part = Annotated[float, "of a whole", Limits(0, 1)]
PartOnly = Annotated[float, Limits(0, 1, open=True)]

class Engine: ...
class Speed(Enum):
    FAST = "fast"
"""
WORDS = 'from typing import Literal\nif True:\n    Colour = Literal["red", "green"]\n'


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    """A module in a package that is found although it cannot be imported."""
    folder = tmp_path_factory.mktemp("source")
    package = folder / "sourceonly"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('nor its package')")
    (package / "cars.py").write_text(SOURCE)
    (package / "words.py").write_text(WORDS)
    sys.path.insert(0, str(folder))
    yield find_module("sourceonly.cars")
    sys.path.remove(str(folder))


def wanted(annotation, value, module):
    """Return what the annotation wants instead of the value, or None if it fits."""
    wrong = mismatch(ast.parse(annotation, mode="eval").body, value, module)
    return wrong and wrong.wanted


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("int", 3),
        ("float", 3),
        ("float", 0.5),
        ("bool", False),
        ("str", "a"),
        ("'int'", 3),
        ("int | None", None),
        ("Optional[float]", None),
        ("Union[int, str]", "a"),
        ("Shape", "round"),
        ("Either", None),
        ("Paint", "green"),
        ("Part", 0.5),
        ("Part | None", None),
        ("Part", 1),
        ("PartOnly", 0.99),
        ("typing.Literal[1, 2]", 2),
        ("list[int]", [1, 2]),
        ("Sequence[Shape]", []),
        ("tuple[float, ...]", [0.5, 1]),
        ("Engine", {"_target_": "x"}),
        ("Callable[..., Engine]", {"_target_": "x"}),
        ("float | Engine", 1.0),
        ("Speed", "fast"),
        ("Missing", "anything"),
        ("typing.Any", "anything"),
        ("int | Missing", "anything"),
    ],
)
def test_it_fits(annotation, value, module):
    assert wanted(annotation, value, module) is None


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        ("int", "3", "an integer"),
        ("int", True, "an integer"),
        ("int", 1.0, "an integer"),
        ("float", "abc", "a number"),
        ("float", None, "a number"),
        ("bool", 1, "true or false"),
        ("str", 1, "text"),
        ("int | None", "a", "an integer or null"),
        ("Shape", "oval", "one of round, square"),
        ("Either", "oval", "one of round, square or null"),
        ("Paint", "blue", "one of red, green"),
        ("Part", 2.5, "a number from 0 to 1"),
        ("PartOnly", 1.0, "a number from 0 to below 1"),
        ("list[Part]", [0.5, -0.1], "a list, each entry a number from 0 to 1"),
        ("Part", "half", "a number"),
        ("list[int]", 3, "a list"),
        ("list[int]", [1, "a"], "a list, each entry an integer"),
        ("Sequence[Paint]", ["red", "blue"], "a list, each entry one of red, green"),
        ("Engine", "v8", "a component (a group with a _target_)"),
        ("Callable[..., Engine]", "v8", "a component (a group with a _target_)"),
        ("float | Engine", "v8", "a number"),
    ],
)
def test_it_does_not_fit(annotation, value, message, module):
    assert wanted(annotation, value, module) == message


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()))
def test_plain_types_are_those_of_python(value):
    nowhere = Module("nowhere", Path("nowhere.py"), ast.parse(""))
    assert (wanted("int", value, nowhere) is None) == (type(value) is int)
    assert (wanted("float", value, nowhere) is None) == (type(value) in (int, float))
    assert (wanted("str | None", value, nowhere) is None) == isinstance(value, str | None)
    assert (wanted("list[int]", value, nowhere) is None) == isinstance(value, list)


def test_a_method_of_a_class_is_found():
    found = find("aiirmix.runs.directory.RunDirectory.mark_done")
    assert found
    assert isinstance(found.node, ast.FunctionDef)


@pytest.mark.parametrize("target", ["aiirmix.nothing", "aiirmix.common.errors.nothing", "no_such_package.x", "int"])
def test_what_has_no_source_is_not_found(target):
    assert find(target) is None
