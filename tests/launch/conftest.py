"""Commands in an empty folder, with runs that take no time."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from aiirmix.cli.main import main
from tests.answers import Answer

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def run(line):
        code = main(["train", *line.split()])
        return Answer(code, *capsys.readouterr())

    yield run
    root.handlers, root.level = handlers, level
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False


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
