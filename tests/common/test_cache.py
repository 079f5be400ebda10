"""Caches where the installation, the home folder or both are read-only or absent."""

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from aiirmix.common.cache import cache_folder, prepare_matplotlib, temporary_folder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Give the user a home and a temporary folder; return a function that makes folders read-only.

    Tests may run as root, who may write everything. So the function replaces the attempt to write.
    """
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    temporary_file = tempfile.TemporaryFile

    def make_read_only(*names):
        def refuse(dir):
            if any(Path(dir).is_relative_to(tmp_path / name) for name in names):
                raise OSError(errno.EROFS, "Read-only file system", str(dir))
            return temporary_file(dir=dir)

        monkeypatch.setattr(tempfile, "TemporaryFile", refuse)

    return make_read_only


@pytest.mark.parametrize(
    ("read_only", "found"),
    [
        ([], "chosen"),
        (["chosen"], "package"),
        (["chosen", "package"], "home/.cache/aiirmix"),
        (["chosen", "package", "home"], f"tmp/aiirmix-{os.getuid()}"),
        (["chosen", "package", "home", "tmp"], None),
    ],
)
def test_the_first_writable_folder_is_used(machine, tmp_path, read_only, found):
    machine(*read_only)
    assert cache_folder(str(tmp_path / "chosen"), tmp_path / "package") == (found and tmp_path / found)


def test_a_user_without_a_home_has_a_cache(machine, tmp_path, monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert cache_folder() == temporary_folder() == tmp_path / f"tmp/aiirmix-{os.getuid()}"


def test_a_temporary_folder_that_others_may_write_is_not_used(machine, tmp_path):
    """They could put code there, which would be executed."""
    folder = tmp_path / f"tmp/aiirmix-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    assert temporary_folder() is None


def test_matplotlib_gets_a_folder_if_the_home_is_read_only(machine, tmp_path, monkeypatch):
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    machine("home")
    prepare_matplotlib()
    assert os.environ.pop("MPLCONFIGDIR") == str(tmp_path / f"tmp/aiirmix-{os.getuid()}/matplotlib")


def test_matplotlib_keeps_its_own_folder_if_that_is_writable(machine, monkeypatch):
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    prepare_matplotlib()
    assert "MPLCONFIGDIR" not in os.environ


STEP = """
import numpy as np
from aiirmix.envs.counter_rng import mixed
from aiirmix.envs.skirmish.kernel.compiled import CACHE, cached_njit
cached_njit(mixed)(np.uint64(1))
print(CACHE)
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("unshare") or os.getuid() != 0, reason="mounts need root")
@pytest.mark.parametrize("temporary", [True, False])
def test_a_read_only_machine_compiles(tmp_path, temporary):
    """The whole file system is mounted read-only, but for the temporary folder in the first case."""
    mounts = "mount -o remount,bind,ro /" + f" && mount -t tmpfs tmpfs {tmp_path}" * temporary
    words = ["unshare", "-m", "sh", "-c", f'{mounts} && exec "$@"', "sh", sys.executable, "-c", STEP]
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nowhere", "TMPDIR": str(tmp_path)}
    answer = subprocess.run(words, env=variables, capture_output=True, text=True, check=False, cwd="/")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == f"{tmp_path}/aiirmix-0\n" if temporary else "None\n"
