"""Freed memory is kept: the pages of a large tensor are there for the next one."""

import platform
import subprocess
import sys

import pytest

PLAY = """
import resource, sys, torch
from aiirmix.training.freed_memory import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def make(tensors):
    before = faults()
    for _ in range(tensors):
        torch.ones(64 << 18)
    return faults() - before

make(20)
print(make(20))
"""


def page_faults(mode):
    """Return how often the kernel had to find a page for twenty tensors of 64 MB, after twenty others."""
    played = subprocess.run([sys.executable, "-c", PLAY, mode], capture_output=True, text=True, check=True)
    return int(played.stdout)


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are")
def test_freed_memory_is_kept():
    assert page_faults("keep") < page_faults("default") / 4


def test_another_c_library_is_left_alone(monkeypatch):
    from aiirmix.training.freed_memory import keep_freed_memory

    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not keep_freed_memory()
