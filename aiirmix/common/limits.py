"""Limits of configured numbers, as annotations. `launch` reads them from the source and checks them before a run."""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True)
class Limits:
    """The least and the greatest allowed value."""

    least: float
    greatest: float
    open: bool = False
    """whether `greatest` itself is not allowed"""


@dataclass(frozen=True)
class AtLeast:
    """The least allowed value."""

    least: float


@dataclass(frozen=True)
class Above:
    """The value that a number must exceed."""

    bound: float


UnitInterval = Annotated[float, Limits(0, 1)]
"""A number between 0 and 1: a probability, a discount, a decay."""

BelowOne = Annotated[float, Limits(0, 1, open=True)]
"""A number from 0 to 1, and not 1."""

PositiveInt = Annotated[int, AtLeast(1)]
"""A whole number from 1: a count, a period."""

NonNegativeInt = Annotated[int, AtLeast(0)]
"""A whole number from 0."""

Positive = Annotated[float, Above(0)]
"""A number above 0: a scale, a norm."""

NonNegative = Annotated[float, AtLeast(0)]
"""A number from 0: a weight of a penalty."""
