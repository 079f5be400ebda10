"""CSV files of numbers, which lie beside pictures and tables."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write

PICTURES = (".png", ".svg", ".pdf")
"""Formats of pictures."""


def require_picture(path: Path, columns: Sequence[str]) -> None:
    """Check that a picture has a known format, and that its numbers beside it overwrite no other file.

    Raises:
        ConfigError: it has not, or they would.
    """
    if path.suffix not in PICTURES:
        raise ConfigError(f"{path} is no picture: its name should end with {', '.join(PICTURES)}")
    numbers = path.with_suffix(".csv")
    if numbers.is_file() and not numbers.read_bytes().startswith(",".join(columns).encode()):
        raise ConfigError(f"the numbers of {path} would overwrite {numbers}: choose another name")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a row of column names and then all rows, atomically."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    atomic_write(path, text.getvalue())


def six_digits(number: float) -> str:
    """Write a number with six significant digits, and nan as nothing."""
    return "" if np.isnan(number) else f"{number:.6g}"
