"""CSV files of numbers, which lie beside pictures and tables."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]], line_end: str = "\n") -> None:
    """Write a row of column names and then all rows."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator=line_end)
        writer.writerow(columns)
        writer.writerows(rows)


def six_digits(number: float) -> str:
    """Write a number with six significant digits, and nan as nothing."""
    return "" if np.isnan(number) else f"{number:.6g}"
