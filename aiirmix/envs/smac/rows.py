"""What a game writes after each step, in memory that its worker shares with the parent."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import EnvSpec, Frame, Outcome

Row = NDArray[Any]
"""An array [1] of the record of `row_type`."""


def row_type(spec: EnvSpec) -> np.dtype[np.void]:
    """The record of one battle: the fields of `Frame` and `Outcome` without their first axis."""
    blank = Frame.zeros(spec, 1)._asdict() | Outcome.zeros(1)._asdict()
    return np.dtype([(name, array.dtype, array.shape[1:]) for name, array in blank.items()])


def shared_row(path: Path, spec: EnvSpec, mode: Literal["w+", "r+"]) -> Row:
    """The row that lives in the file: made (``w+``), or taken as it is (``r+``)."""
    return np.memmap(path, row_type(spec), mode, shape=1)
