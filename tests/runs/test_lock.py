"""One process at a time works on a run."""

import subprocess
import sys

from aiirmix.runs.lock import is_locked, run_lock

HOLD = """
import sys
from pathlib import Path
from aiirmix.runs.lock import run_lock
with run_lock(Path(sys.argv[1])) as free:
    print(free, flush=True)
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


def test_a_folder_is_held_by_one_process_until_it_ends(tmp_path):
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "True\n"
        assert is_locked(tmp_path)
        with run_lock(tmp_path) as free:
            assert not free
        other.kill()
    assert not is_locked(tmp_path)
    with run_lock(tmp_path) as free:
        assert free


def test_a_folder_that_does_not_exist_is_free(tmp_path):
    assert not is_locked(tmp_path / "nothing")


def test_asking_again_and_again_keeps_nobody_from_claiming(tmp_path):
    with run_lock(tmp_path):
        pass
    with subprocess.Popen([sys.executable, "-c", ASK, str(tmp_path)], stdout=subprocess.PIPE, text=True) as asker:
        assert asker.stdout
        assert asker.stdout.readline() == "asking\n"
        for _ in range(300):
            with run_lock(tmp_path) as free:
                assert free
        asker.kill()
