"""Marks for values of parametrised tests."""

from collections.abc import Iterable
from typing import Any

import pytest


def slow(values: Iterable[Any]) -> list[Any]:
    """Leave these values to `make test-slow`: they repeat, at length, what the others test."""
    several = (value if isinstance(value, tuple) else (value,) for value in values)
    return [pytest.param(*value, marks=pytest.mark.slow) for value in several]


def slow_but(kept: Iterable[Any], values: Iterable[Any]) -> list[Any]:
    """Keep some of the values, and leave the others to `make test-slow`."""
    kept = list(kept)
    return [value for value in values if value in kept] + slow(value for value in values if value not in kept)
