"""The environment of docs/environments.md is written to files as it stands, and trained in."""

import csv
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "environments.md").read_text(encoding="utf-8")


@pytest.fixture
def written(tmp_path, monkeypatch):
    """The files of the example, in a folder that is imported from."""
    for language, comment in (("python", r"# (\S+)"), ("yaml", r"# (\S+)")):
        for name, text in re.findall(rf"```{language}\n{comment}\n(.*?)```", PAGE, flags=re.DOTALL):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_a_run_trains_in_it(written):
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


def test_it_pays_the_share_of_right_switches(written):
    env = importlib.import_module("lights").Lights(agents=2, switches=3, steps=2)
    frame = env.reset(np.array([1, 2]))
    right = frame.obs.argmax(-1)
    wrong = right.copy()
    wrong[0, 1] = (right[0, 1] + 1) % 3
    _, outcome = env.step(wrong)
    assert outcome.reward.tolist() == [0.5, 1.0]
    with pytest.raises(ValueError, match=r"battle 1, agent 0: action 3 is not available \(legal: 0, 1, 2\)"):
        env.step(np.array([[0, 0], [3, 0]]))
