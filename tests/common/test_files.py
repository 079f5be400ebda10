"""Files are written whole or not at all, and a full disk is reported in one line."""

import errno
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_file, atomic_write, is_temporary, make_folder, require_space, require_writable


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_new_file_replaces_the_old_one(tmp_path):
    atomic_write(tmp_path / "a.csv", "old")
    atomic_write(tmp_path / "a.csv", "n\u00e9w\r\n")
    assert files(tmp_path) == {"a.csv": "n\u00e9w\r\n".encode()}


def test_an_interrupted_write_leaves_only_the_old_file(tmp_path):
    path = tmp_path / "DONE"
    atomic_write(path, "old")

    def interrupted_write():
        with atomic_file(path) as temporary:
            temporary.write_bytes(b"half of")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted_write()
    assert files(tmp_path) == {"DONE": b"old"}


def test_a_failed_replacement_leaves_only_the_old_file(tmp_path, monkeypatch):
    def refuse(source, target):
        raise PermissionError(13, "Access is denied")

    atomic_write(tmp_path / "DONE", "old")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        atomic_write(tmp_path / "DONE", "new")
    assert files(tmp_path) == {"DONE": b"old"}


def test_the_temporary_file_is_known_as_such_and_keeps_the_suffix(tmp_path):
    with atomic_file(tmp_path / "battle.mp4") as temporary:
        temporary.write_bytes(b"film")
        assert temporary.suffix == ".mp4"
        assert is_temporary(temporary)
    assert not is_temporary(tmp_path / "battle.mp4")


def test_a_full_disk_is_reported_in_one_line(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ConfigError, match=r"^no disk space to write .*DONE$"):
        atomic_write(tmp_path / "DONE", "")


def test_space_is_measured_where_the_path_would_be(tmp_path, monkeypatch):
    free = {tmp_path: SimpleNamespace(free=5 * 10**6)}
    monkeypatch.setattr(shutil, "disk_usage", free.__getitem__)
    with pytest.raises(ConfigError, match=r"^no disk space: this needs 6 MB free in .*, there are 5 MB$"):
        require_space(tmp_path / "a" / "b", 6)
    require_space(tmp_path / "a" / "b", 5)


def test_a_file_in_place_of_a_folder_is_reported_in_one_line(tmp_path):
    (tmp_path / "runs").touch()
    with pytest.raises(ConfigError, match="not a folder"):
        require_space(tmp_path / "runs" / "x", 1)


def test_a_result_replaces_no_folder_and_no_file_of_another_kind(tmp_path):
    require_writable(tmp_path / "new.csv", "return,")
    (tmp_path / "old.csv").write_text("return,steps\n")
    require_writable(tmp_path / "old.csv", "return,")
    (tmp_path / "other.csv").write_text("env_steps,return\n")
    with pytest.raises(ConfigError, match="is there already and of another kind: choose another name with --out"):
        require_writable(tmp_path / "other.csv", "return,")
    with pytest.raises(ConfigError, match="is a folder; --out takes the name of a file"):
        require_writable(tmp_path)


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_folder_is_not_made_in_the_place_of_a_file(tmp_path, name):
    make_folder(tmp_path / "new" / "below")
    assert (tmp_path / "new" / "below").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="there is a file; --out takes the name of a folder"):
        make_folder(tmp_path / name)
