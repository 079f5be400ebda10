"""Freed memory is kept: the pages of a large tensor are there for the next one."""

import platform
import subprocess
import sys

import pytest

PLAY = """
import sys, torch
from aiirmix.training.freed_memory import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()

def heap():
    with open("/proc/self/maps") as maps:
        [bounds] = [line.split()[0] for line in maps if "[heap]" in line]
    first, last = (int(bound, 16) for bound in bounds.split("-"))
    return range(first, last)

tensor = torch.ones(30 << 18)
address = tensor.data_ptr()
del tensor
print(address in heap())
"""


def is_kept(mode):
    """Whether the heap still has the pages of a freed tensor of 30 MB."""
    played = subprocess.run([sys.executable, "-c", PLAY, mode], capture_output=True, text=True, check=True)
    return played.stdout == "True\n"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
def test_freed_memory_is_kept():
    assert is_kept("keep")
    assert not is_kept("default")


def test_another_c_library_is_left_alone(monkeypatch):
    from aiirmix.training.freed_memory import keep_freed_memory

    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not keep_freed_memory()
