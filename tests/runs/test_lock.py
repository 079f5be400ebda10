"""One process at a time works on a run."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from aiirmix.runs.lock import is_locked, run_lock

HOLD = """
import sys
from pathlib import Path
from aiirmix.runs.lock import run_lock
with run_lock(Path(sys.argv[1])) as acquired:
    print(acquired, flush=True)
    sys.stdin.read()
"""

ASK = """
import sys
from pathlib import Path
from aiirmix.runs.lock import is_locked
print("asking", flush=True)
while True:
    is_locked(Path(sys.argv[1]))
"""


@contextmanager
def other_process(program, folder):
    """Run a program that prints one line when it is ready; yield it with the line."""
    words = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process, process.stdout.readline()
        process.kill()


def test_only_one_process_gets_the_lock(tmp_path):
    with other_process(HOLD, tmp_path) as (_, line):
        assert line == "True\n"
        assert is_locked(tmp_path)
        with run_lock(tmp_path) as acquired:
            assert not acquired


def test_a_process_that_is_killed_loses_the_lock(tmp_path):
    with other_process(HOLD, tmp_path) as (process, _):
        process.kill()
        process.wait()
        assert not is_locked(tmp_path)
        with run_lock(tmp_path) as acquired:
            assert acquired


def test_asking_creates_no_file(tmp_path):
    assert not is_locked(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_not_locked(tmp_path):
    assert not is_locked(tmp_path / "nothing")


def test_the_lock_of_another_user_can_be_read(tmp_path, monkeypatch):
    def read_only(file, flags, *mode, open_=os.open):
        if flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied")
        return open_(file, flags, *mode)

    with other_process(HOLD, tmp_path):
        monkeypatch.setattr(os, "open", read_only)
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)


def test_asking_repeatedly_prevents_nobody_from_locking(tmp_path):
    with run_lock(tmp_path):
        pass
    with other_process(ASK, tmp_path) as (_, line):
        assert line == "asking\n"
        for _ in range(300):
            with run_lock(tmp_path) as acquired:
                assert acquired


def test_a_file_system_without_locks_is_an_error(tmp_path, monkeypatch):
    def no_locks(*_, **__):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("aiirmix.runs.lock.lock_descriptor", no_locks)
    with pytest.raises(OSError, match="No locks available"), run_lock(tmp_path):
        pass
    assert not is_locked(tmp_path)
