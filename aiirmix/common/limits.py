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


UnitInterval = Annotated[float, Limits(0, 1)]
"""A number between 0 and 1: a probability, a discount, a decay."""

BelowOne = Annotated[float, Limits(0, 1, open=True)]
"""A number from 0 to 1, and not 1."""
