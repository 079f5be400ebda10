"""The memory that a worker shares with its parent: one battle's fields of `Frame` and `Outcome` after each step."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import EnvSpec, Frame, Outcome

SharedRow = NDArray[Any]
"""An array [1] of the record of `row_dtype`."""


def row_dtype(spec: EnvSpec) -> np.dtype[np.void]:
    """Return the record of one battle: the fields of `Frame` and `Outcome` without their first axis."""
    blank = Frame.zeros(spec, 1)._asdict() | Outcome.zeros(1)._asdict()
    return np.dtype([(name, array.dtype, array.shape[1:]) for name, array in blank.items()])


def map_row(path: Path, spec: EnvSpec, mode: Literal["w+", "r+"]) -> SharedRow:
    """Map the file into memory as a row: create it (``w+``), or open it as it is (``r+``)."""
    return np.memmap(path, row_dtype(spec), mode, shape=1)
