"""Compiling takes a while: it is told once, and not where the machine code is on disk already."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from aiirmix.envs.skirmish.kernel.compiled import COMPILING, _Notice

NOTICE = f"compiling the simulator once, about {COMPILING} s; it is then kept on disk\n"
STEP = "import numpy as np; from aiirmix.envs.skirmish.env import Skirmish; Skirmish('3m').reset(np.arange(2))"


def compiles(module):
    """Numba's event for a function of that module."""
    function = SimpleNamespace(__module__=module)
    return SimpleNamespace(data={"dispatcher": SimpleNamespace(py_func=function)})


def test_it_is_told_once(capsys):
    notice = _Notice()
    for module in ("aiirmix.envs.skirmish.batch", "aiirmix.envs.skirmish.kernel.movement"):
        notice.on_start(compiles(module))
        notice.on_end(compiles(module))
    assert capsys.readouterr() == ("", NOTICE)


def test_the_functions_of_others_are_their_business(capsys):
    _Notice().on_start(compiles("somebody.elses"))
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
def test_what_is_on_disk_is_not_compiled_again(tmp_path):
    def told():
        command, environment = [sys.executable, "-c", STEP], {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stderr

    assert told().count(NOTICE) == 1
    assert NOTICE not in told()
