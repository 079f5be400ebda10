"""Output to a closed pipe, and to streams that lack characters."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

LATER = """
import sys
from aiirmix.common.streams import prepare_streams, reader_is_gone
prepare_streams()
prepare_streams()
print("one", flush=True)
sys.stdin.read()
for _ in range(3):
    print("two", flush=True)
print(reader_is_gone(), file=sys.stderr)
"""


def run(code, encoding="utf-8"):
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
    return subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, check=True)


def test_a_process_goes_on_when_its_reader_has_ended():
    pipes: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", LATER], env=variables, **pipes) as opened:
        process: Any = opened
        assert process.stdout.readline() == b"one\n"
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b"True\n"
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "1 ± 2 … ä │".encode()), ("latin-1", b"1 \xb1 2 ... \xe4 |"), ("ascii", b"1 +- 2 ... ? |")],
)
def test_characters_that_an_encoding_lacks_are_replaced(encoding, shown):
    code = "from aiirmix.common.streams import prepare_streams; prepare_streams(); print('1 ± 2 … ä │')"
    assert run(code, encoding).stdout == shown + b"\n"


def test_a_closed_standard_output_is_no_error():
    code = "import sys; sys.stdout = None; from aiirmix.cli.main import main; sys.exit(main(['--version']))"
    assert run(code).stderr == b""


@pytest.mark.slow
def test_a_closed_pipe_does_not_end_a_sweep(tmp_path):
    """All runs are done, though nobody reads more than the first line."""
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests/launch/fake")])}
    command = f"'{sys.executable}' '{ROOT}/run.py' -m seed=2,3 | head -1"
    done = subprocess.run(command, shell=True, cwd=tmp_path, env=variables, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("2 runs\n", "")
    assert len(list(tmp_path.rglob("DONE"))) == 2
