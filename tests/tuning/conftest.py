"""Tuning in an empty folder, with runs whose curves are a known function of their settings."""

import math
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import pytest
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.launch import sweep
from aiirmix.launch.job import reason
from aiirmix.report.ledger import keep_entry, read_ledger
from aiirmix.runs.csv_table import Table
from aiirmix.runs.lock import run_lock
from tests.answers import commands

collect_ignore_glob = [] if find_spec("optuna") else ["test_*.py"]
"""All of these tests need Optuna, the extra `tune`."""

RUN = "env_steps=400 evaluation.every=100 hydra/launcher=basic"
BEST = 0.003
"""The learning rate with the best curve."""
SPACE = "models: [none]\nsettings:\n  model.optimizers.actor.lr: {low: 0.0003, high: 0.03, log: true}\n"


def win_rate(config, best):
    """Return where the curve of a run ends: 1 at the best learning rate for its map, and less with another one."""
    return math.exp(-(math.log10(config.model.optimizers.actor.lr / best.get(config.env.map, BEST)) ** 2))


def training(pause=0.0, diverging=(), best=MappingProxyType({}), commit="0123456789ab"):
    """Return a training that writes a straight line, resumes where its rows end, and stops when it is pruned."""

    def fit(config, directory):
        environment = f"skirmish-{SKIRMISH_VERSION}/{config.env.map}"
        directory.provenance_file.write_text(f"environment: {environment}\ncommit: {commit}\n")
        table = Table(directory.metrics_file)
        for k in range(len(table.rows()), 5):
            if config.model.optimizers.actor.lr in diverging:
                raise ConfigError("the run diverged after env step 100: a loss is nan")
            table.append([{"env_steps": 100 * k, "test/win_rate": win_rate(config, best) * k / 4, "test/return": 1.0}])
            time.sleep(pause)
            if directory.is_pruned:
                return False
        return True

    return fit


@pytest.fixture
def spaces(folder):
    """Write a space; the function returns the argument that chooses it."""

    def write(name, text):
        (folder / f"{name}.yaml").write_text(text)
        return f"space={name}.yaml"

    return write


@pytest.fixture
def train_with(monkeypatch):
    """Replace training and its launcher, in this process and its forks: Hydra composes every run once more."""

    from aiirmix.tuning import work

    def replace(fit):
        def launch(runs, overrides):
            for run in runs:
                with run_lock(run.directory.path) as acquired:
                    if acquired and not run.directory.is_over:
                        attempt(OmegaConf.create(run.config), run.directory)

        def attempt(config, directory):
            try:
                if fit(config, directory):
                    directory.mark_done()
            except Exception as error:
                directory.mark_failed(reason(error))

        monkeypatch.setattr(work, "launch", launch)
        monkeypatch.setattr(sweep, "launch", launch)
        monkeypatch.setattr(work, "EVERY", 0.02)

    return replace


@pytest.fixture
def kept_in(folder, monkeypatch):
    """Let `--keep` write into the current folder; the function returns the rows of the ledger."""
    from aiirmix.tuning import outcome

    ledger = folder / "ledger.csv"
    monkeypatch.setattr(outcome, "CONF", folder / "kept")
    monkeypatch.setattr(outcome, "LEDGER", ledger)
    monkeypatch.setattr(outcome, "keep_entry", lambda entry: keep_entry(entry, ledger))
    return lambda: read_ledger(ledger)


@pytest.fixture
def tune(folder, monkeypatch, capsys):
    """Type `aiirmix tune` in this process, and restore logging."""
    monkeypatch.setattr(sys, "argv", ["aiirmix"])
    with commands(capsys) as run:
        yield lambda line, command="tune": run(command, line)


def record():
    """Return the settings of all runs in the current folder with their tables."""
    return {str(file.parent): file.read_text() for file in sorted(Path("runs").rglob("metrics.csv"))}
