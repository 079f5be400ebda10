"""Commands in an empty folder, with runs that take no time."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.answers import Answer, commands

ROOT = Path(__file__).parents[2]


@pytest.fixture
def runs_of(monkeypatch):
    """Replace training; the returned list collects (configuration, directory) of each started run."""

    def replace(fit=lambda cfg, directory: None):
        started = []

        def recorded(cfg, directory):
            started.append((cfg, directory))
            return fit(cfg, directory) is not False

        module = ModuleType("aiirmix.training.fit")
        module.fit = recorded  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "aiirmix.training.fit", module)
        return started

    return replace


@pytest.fixture
def type_in(folder, monkeypatch, capsys):
    """Run a training command in this process, and restore logging."""
    monkeypatch.setattr(sys, "argv", ["run.py"])
    with commands(capsys) as run:
        yield lambda line: run("train", line)


def start_in_shell(line):
    """Start a command in its own process, with the training of `fake`."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent / "fake"), "COLUMNS": "200"}
    words = [sys.executable, str(ROOT / "run.py"), *line.split()]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.fixture
def type_in_shell(folder):
    """Run a command in its own process, with runs that take no time."""

    def run(line):
        with start_in_shell(line) as process:
            out, err = process.communicate()
        return Answer(process.returncode, out, err)

    return run
