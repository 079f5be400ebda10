"""The ground of the maps, read from their archives."""

import os
import struct
from pathlib import Path

import pytest

from aiirmix.cli.main import main
from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.map_grids import GRIDS_FILE, grids_text, read_grids
from aiirmix.envs.contract.map_spec import Grids
from aiirmix.envs.contract.maps import MAP_NAMES, find_map
from aiirmix.envs.skirmish.tools.read_terrain import (
    differences,
    file_text,
    heights_of,
    pathing_of,
    read_archive,
    read_archives,
)

ARCHIVES = os.environ.get("SMAC_MAPS", "")
HOW_TO_GET_THEM = (
    "set SMAC_MAPS to the folder smac/env/starcraft2/maps/SMAC_Maps of github.com/oxwhirl/smac, and pip install mpyq"
)


@pytest.mark.skipif(not ARCHIVES, reason=HOW_TO_GET_THEM)
def test_every_cell_is_that_of_the_archive():
    grids = read_archives(Path(ARCHIVES))
    assert set(grids) == set(MAP_NAMES)
    assert {name: find_map(name).grids for name in MAP_NAMES} == grids
    assert GRIDS_FILE.read_text() == file_text(grids)


@pytest.mark.skipif(not ARCHIVES, reason=HOW_TO_GET_THEM)
def test_the_command_compares(capsys):
    assert main(["read-terrain", "--check", ARCHIVES]) == 0
    assert capsys.readouterr().out == "All 23 maps show SMAC what their archives say.\n"


def test_cells_without_the_lowest_flag_are_walkable():
    flags = bytearray(32 + 32 * 32)
    flags[32:36] = bytes([1, 2, 3, 0])
    assert pathing_of(bytes(flags))[:5] == bytes([0, 1, 0, 1, 1])


@pytest.mark.parametrize(("height", "byte"), [(0, 127), (1, 128), (256, 135), (2048, 191), (2560, 207), (4096, 255)])
def test_heights_are_those_of_the_south_western_vertices(height, byte):
    vertices = bytearray(64 + 33 * 33 * 4)
    struct.pack_into("<H", vertices, 64 + 4 * (33 * 2 + 5), height)  # x = 5, y = 2
    cells = heights_of(bytes(vertices))
    assert (len(cells), cells[32 * 2 + 5]) == (1024, byte)
    assert set(cells) <= {127, byte}


def test_the_text_of_grids_is_read_back():
    one = Grids(bytes([1, 0] * 512), bytes(range(256)) * 4)
    other = one._replace(heights=bytes(1024))
    text = grids_text({"a": one, "b": other, "c": one})
    assert text.splitlines()[1].split() == ["a", "c"]
    assert text.count("\n") == 2 * 34
    assert [read_grids(text, name) for name in "abc"] == [one, other, one]
    with pytest.raises(KeyError):
        read_grids(text, "d")


def test_the_committed_text_is_as_it_is_written():
    assert file_text({name: grids_of(name) for name in MAP_NAMES}) == GRIDS_FILE.read_text()


def test_differing_cells_are_counted():
    grids = grids_of("8m")
    assert list(differences({"8m": grids})) == []
    heights = bytes([0, 0]) + grids.heights[2:]
    assert list(differences({"8m": grids._replace(heights=heights)})) == [
        "8m: 2 cells of heights differ from the archive"
    ]


def test_what_is_no_archive_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"2s3z\.SC2Map: there is no such map archive"):
        read_archives(tmp_path)
    pytest.importorskip("mpyq")
    (tmp_path / "2s3z.SC2Map").write_bytes(b"nothing of the kind")
    with pytest.raises(ConfigError, match="not the archive of a map"):
        read_archive(tmp_path / "2s3z.SC2Map")


def grids_of(name):
    grids = find_map(name).grids
    assert grids is not None
    return grids
