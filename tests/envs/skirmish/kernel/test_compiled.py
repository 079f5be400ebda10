"""The notice about compiling, and the cache of machine code on disk."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from aiirmix.envs.skirmish.kernel.compiled import COMPILING_SECONDS, PACKAGE, _Notice, source_digest

NOTICE = f"compiling the simulator once, about {COMPILING_SECONDS} s; it is then kept on disk\n"
STEP = "import numpy as np; from aiirmix.envs.skirmish.env import Skirmish; Skirmish('3m').reset(np.arange(2))"


def compiles(module):
    """Return Numba's event for a function of that module."""
    function = SimpleNamespace(__module__=module)
    return SimpleNamespace(data={"dispatcher": SimpleNamespace(py_func=function)})


def test_the_notice_is_printed_once(capsys):
    notice = _Notice()
    for module in ("aiirmix.envs.skirmish.batch", "aiirmix.envs.skirmish.kernel.movement"):
        notice.on_start(compiles(module))
        notice.on_end(compiles(module))
    assert capsys.readouterr() == ("", NOTICE)


def test_there_is_no_notice_about_functions_of_other_packages(capsys):
    _Notice().on_start(compiles("somebody.elses"))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("source", sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py")))
def test_a_change_of_any_source_changes_the_key_of_the_cache(tmp_path, source):
    shutil.copytree(PACKAGE, tmp_path / "skirmish", ignore=shutil.ignore_patterns("__pycache__"))
    before = source_digest([tmp_path / "skirmish"])
    changed = tmp_path / "skirmish" / source
    changed.write_text(changed.read_text() + "\n# changed\n")
    assert source_digest([tmp_path / "skirmish"]) != before == source_digest([PACKAGE])


def test_a_new_or_renamed_source_changes_the_key_of_the_cache(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "one.py").write_text("a = 1")
    first = source_digest([tmp_path])
    (tmp_path / "rules" / "one.py").rename(tmp_path / "rules" / "other.py")
    renamed = source_digest([tmp_path])
    (tmp_path / "rules" / "empty.py").touch()
    assert len({first, renamed, source_digest([tmp_path]), source_digest([tmp_path], [Path(__file__)])}) == 4


@pytest.mark.slow
def test_functions_in_the_cache_are_not_compiled_again(tmp_path):
    def messages():
        command, environment = [sys.executable, "-c", STEP], {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stderr

    assert messages().count(NOTICE) == 1
    assert NOTICE not in messages()
