"""A CSV file that grows by rows."""

import csv
import io
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write

Row = Mapping[str, float | str]


class Table:
    """Rows of named values. A row may add columns, which are empty in the rows before it.

    Raises:
        ConfigError: the file is not a table.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _reader(path) as file:
            self.columns = list(csv.DictReader(file).fieldnames or [])

    def rows(self) -> list[dict[str, str]]:
        """Return all complete rows."""
        with _reader(self.path) as file:
            return [row for row in csv.DictReader(file) if None not in row and None not in row.values()]

    def append(self, rows: Iterable[Row]) -> None:
        """Append rows. The whole file is written again if they add columns."""
        rows = list(rows)
        if any(not set(row) <= set(self.columns) for row in rows):
            self._rewrite([*self.rows(), *rows])
        else:
            with self.path.open("a", newline="", encoding="utf-8") as file:
                csv.DictWriter(file, self.columns).writerows(rows)
                file.flush()
                os.fsync(file.fileno())

    def keep(self, wanted: Callable[[dict[str, str]], bool]) -> None:
        """Drop the rows that are not wanted, and an incomplete last line."""
        if self.columns:
            self._rewrite([row for row in self.rows() if wanted(row)])

    def _rewrite(self, rows: list[Row]) -> None:
        self.columns = list(dict.fromkeys([*self.columns, *(name for row in rows for name in row)]))
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
        atomic_write(self.path, text.getvalue())


def _reader(path: Path) -> io.StringIO:
    """Return the complete lines of a file: a process that was killed may have left half of the last one."""
    text = path.read_bytes() if path.exists() else b""
    lines = text[: text.rfind(b"\n") + 1]
    if b"\0" in lines:
        raise ConfigError(f"{path} is damaged: it has zero bytes; restore it from a copy")
    try:
        return io.StringIO(lines.decode(), newline="")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not a table: {error}; restore it from a copy") from error
