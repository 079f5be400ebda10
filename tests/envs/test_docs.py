"""The examples of the pages about environments are executed, and their command lines are checked."""

import csv
import importlib
import os
import subprocess
import sys

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.protocol import BatchEnv
from tests.doc_pages import ROOT, Page, check_command

PAGES = {name: Page(name) for name in ("environments", "smac", "smacv2", "views")}
COMMANDS = [(name, line) for name, page in PAGES.items() for line in page.commands()]


@pytest.fixture
def written(tmp_path, monkeypatch):
    """The files of the pages, in a folder that is imported from."""
    for page in ("environments", "smacv2"):
        PAGES[page].write_files(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "lights", raising=False)
    return tmp_path


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_a_command_line_is_valid(page, line, written):
    check_command(line)


@pytest.mark.parametrize("line", ["python run.py env=skermish", "aiirmix doctor --mop 8m", "make sc3", "rm -r runs"])
def test_a_command_line_that_is_wrong_is_noticed(line, capsys):
    with pytest.raises((AssertionError, ConfigError)):
        check_command(line)


def test_the_examples_of_the_views_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(PAGES["views"].blocks("python")) == 3
    assert PAGES["views"].run_python()["env"].agents == []


def test_all_other_python_examples_are_files_that_these_tests_import():
    assert set(PAGES["environments"].files()) == {"lights.py", "my_conf/env/lights.yaml"}
    assert [len(PAGES[name].blocks("python")) for name in ("environments", "smac")] == [1, 0]


@pytest.mark.slow
def test_a_run_trains_in_the_example(written):
    settings = "model=liir env.switches=3 env_steps=400 evaluation.every=200 evaluation.episodes=4"
    command = [sys.executable, str(ROOT / "run.py"), "--config-dir", "my_conf", "env=lights", *settings.split()]
    where = {**os.environ, "PYTHONPATH": os.pathsep.join([str(written), str(ROOT)])}
    done = subprocess.run(command, cwd=written, env=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [metrics] = written.glob("runs/default/liir/**/metrics.csv")
    with metrics.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["env_steps"] for row in rows] == ["0", "200", "400"]
    assert all(row["test/episode_steps"] == "8.0" for row in rows)


def test_the_example_pays_the_fraction_of_right_switches(written):
    env: BatchEnv = importlib.import_module("lights").Lights(agents=2, switches=3, steps=2)
    frame = env.reset(np.array([1, 2]))
    right = frame.obs.argmax(-1)
    wrong = right.copy()
    wrong[0, 1] = (right[0, 1] + 1) % 3
    _, outcome = env.step(wrong)
    assert outcome.reward.tolist() == [0.5, 1.0]
    with pytest.raises(ValueError, match=r"battle 1, agent 0: action 3 is not available \(legal: 0, 1, 2\)"):
        env.step(np.array([[0, 0], [3, 0]]))
