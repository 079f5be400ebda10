"""CSV files of numbers, which lie beside pictures and tables."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import require_space


def require_writable(path: Path) -> None:
    """Check that a file can be written before it is computed.

    Raises:
        ConfigError: it cannot; the message names the option that writes elsewhere.
    """
    try:
        require_space(path.parent, 1)
    except ConfigError as error:
        raise ConfigError(f"{error}; --out writes to another place") from error


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a row of column names and then all rows."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def six_digits(number: float) -> str:
    """Write a number with six significant digits, and nan as nothing."""
    return "" if np.isnan(number) else f"{number:.6g}"
