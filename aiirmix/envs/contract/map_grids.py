"""What StarCraft II shows SMAC of the ground of its maps, as text (docs/smac_contract.md §4.4).

The text has one block per terrain: a line with the names of its maps, then one line per row of cells, from the south.
A line holds the row's walkable cells as 32 bits (the highest is the westernmost) and its heights as `height*cells`.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from aiirmix.envs.contract.map_spec import MAP_SIZE, Grids

GRIDS_FILE = Path(__file__).with_name("map_grids.txt")
"""Written by `aiirmix read-terrain`."""
COMMENT = "#"


def read_grids(text: str, name: str) -> Grids:
    """Return the grids of the map with this name.

    Raises:
        KeyError: the text does not have the map.
    """
    for names, rows in _blocks(text):
        if name in names:
            pathing, heights = zip(*(_read_row(row) for row in rows), strict=True)
            return Grids(b"".join(pathing), b"".join(heights))
    raise KeyError(name)


def grids_text(grids: Mapping[str, Grids]) -> str:
    """Return the text of the maps' grids; maps with the same grids share a block."""
    maps: dict[Grids, list[str]] = {}
    for name in sorted(grids):
        maps.setdefault(grids[name], []).append(name)
    return "".join(f"\n{' '.join(names)}\n{_rows_text(shared)}" for shared, names in maps.items())


def _blocks(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the names and the rows of each block."""
    lines = [line for line in text.splitlines() if line and not line.startswith(COMMENT)]
    for first in range(0, len(lines), MAP_SIZE + 1):
        yield lines[first].split(), lines[first + 1 : first + 1 + MAP_SIZE]


def _read_row(line: str) -> tuple[bytes, bytes]:
    """Return a row's walkable cells, 0 or 1 each, and heights."""
    bits, *runs = line.split()
    pathing = bytes(map(int, f"{int(bits, 16):0{MAP_SIZE}b}"))
    pairs = (run.split("*") for run in runs)
    return pathing, b"".join(bytes([int(height)]) * int(cells) for height, cells in pairs)


def _rows_text(grids: Grids) -> str:
    rows = [slice(start, start + MAP_SIZE) for start in range(0, MAP_SIZE * MAP_SIZE, MAP_SIZE)]
    return "".join(f"{_bits_text(grids.pathing[row])} {_runs_text(grids.heights[row])}\n" for row in rows)


def _bits_text(pathing: bytes) -> str:
    return f"{int(''.join(map(str, pathing)), 2):0{MAP_SIZE // 4}x}"


def _runs_text(heights: bytes) -> str:
    return " ".join(f"{height}*{len(list(cells))}" for height, cells in groupby(heights))
