"""That memory is kept: tensors of an update that come again cost no new pages."""

import platform
import subprocess
import sys

import pytest

PLAY = """
import resource, sys, torch
from aiirmix.training.memory import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()

def update():
    tensors = [torch.ones(rows, 1 << 20) for rows in (1, 5, 2, 7, 3)]

for _ in range(3):
    update()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    update()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(*arguments):
    """Page faults of five updates, after three others."""
    played = subprocess.run([sys.executable, "-c", PLAY, *arguments], capture_output=True, text=True, check=True)
    return int(played.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
def test_freed_memory_is_used_again():
    assert faults("keep") < 100 < 10_000 < faults("default")


def test_another_c_library_is_left_alone(monkeypatch):
    from aiirmix.training.memory import keep_freed_memory

    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not keep_freed_memory()
