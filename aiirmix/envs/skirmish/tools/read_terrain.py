"""Reads the ground of SMAC's maps from their archives, `*.SC2Map` (docs/smac_contract.md §4.4)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.map_grids import COMMENT, grids_text
from aiirmix.envs.contract.map_spec import MAP_SIZE, Grids
from aiirmix.envs.contract.maps import MAP_NAMES, find_map

HEADER = f"{COMMENT} What StarCraft II shows SMAC of the ground of its maps. Written by `aiirmix read-terrain`.\n"
FLAGS, HEIGHTS = "t3CellFlags", "t3SyncHeightMap"
"""Files of an archive: flags of cells, and heights of vertices. Rows run from the south."""
FLAGS_START, HEIGHTS_START = 32, 64
"""Lengths of their headers, in bytes."""
NO_PATH = 1
"""The flag of cells in which no ground unit can be."""
UNIT = 256
"""Height 1 in the archive. Heights are integers there."""
LOWEST, RANGE = -16, 32
"""The heights that the interface's bytes 0 and 255 stand for lie this far apart, from the lowest on."""


def read_archives(folder: Path) -> dict[str, Grids]:
    """Return the grids of SMAC's maps from their archives in the folder.

    Raises:
        ConfigError: an archive is missing or is none, or the package mpyq is not installed.
    """
    try:
        return {name: read_archive(folder / f"{name}.SC2Map") for name in MAP_NAMES}
    except FileNotFoundError as error:
        raise ConfigError(f"{error.filename}: there is no such map archive") from error


def read_archive(path: Path) -> Grids:
    """Return the grids of the map in an archive.

    Raises:
        ConfigError: the file is no archive of a map, or the package mpyq is not installed.
    """
    try:
        from mpyq import MPQArchive
    except ImportError as error:
        raise ConfigError("reading map archives needs the package mpyq: pip install mpyq") from error
    with path.open("rb") as file:
        try:
            archive = MPQArchive(file)
            return Grids(pathing_of(archive.read_file(FLAGS)), heights_of(archive.read_file(HEIGHTS)))
        except (ValueError, TypeError, KeyError) as error:
            raise ConfigError(f"{path}: not the archive of a map with {MAP_SIZE} × {MAP_SIZE} cells") from error


def pathing_of(flags: bytes) -> bytes:
    """Return which cells are free of NO_PATH."""
    cells: NDArray[np.uint8] = _grid(flags, FLAGS_START, "u1", (MAP_SIZE, MAP_SIZE))
    free: bytes = (cells & NO_PATH == 0).tobytes()
    return free


def heights_of(heights: bytes) -> bytes:
    """Return the height of each cell in the interface's bytes: that of the vertex at its south-west corner.

    Heights are rounded to the nearest byte, halves down. The evidence is the game's answers on 96 ladder maps, most of
    them symmetric: heights are symmetric about the centre of the vertices, not of the cells; heights of units on even
    ground agree with rounded bytes; and ground at height 0 reads 127, not 128 (docs/smac_contract.md §4.4).
    """
    vertices = _grid(heights, HEIGHTS_START, "<u2", (MAP_SIZE + 1, MAP_SIZE + 1, 2))
    corners = vertices[:MAP_SIZE, :MAP_SIZE, 0].astype(np.int64)
    exact = (corners / UNIT - LOWEST) * 255 / RANGE
    return np.ceil(exact - 0.5).clip(0, 255).astype(np.uint8).tobytes()


def file_text(grids: Mapping[str, Grids]) -> str:
    """Return the contents of `GRIDS_FILE`."""
    return HEADER + grids_text(grids)


def differences(grids: Mapping[str, Grids]) -> Iterator[str]:
    """Yield one line for each map of which the simulator shows SMAC something else."""
    for name, expected in grids.items():
        shown = find_map(name).grids
        for kind in Grids._fields:
            pairs = zip(getattr(expected, kind), getattr(shown, kind), strict=True)
            if cells := sum(mine != theirs for mine, theirs in pairs):
                yield f"{name}: {cells} cells of {kind} differ from the archive"


def _grid(content: bytes, start: int, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return the numbers of a file of the archive, without its header."""
    return np.frombuffer(content, kind, offset=start).reshape(shape)
