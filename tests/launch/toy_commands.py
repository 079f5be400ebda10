"""Real commands in their own processes, on a toy environment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHORT = "env_steps=300 evaluation.every=100 evaluation.episodes=4 trainer.enable_progress_bar=false"
TOY = "_target_: tests.toys.CreditGame\nsteps: 5\nragged: true\nmortal: true\n"


def start(line, folder, environment=None, **popen):
    """Start `python run.py` with these arguments on the toy environment, in a folder for its `runs/`."""
    (folder / "conf" / "env").mkdir(parents=True, exist_ok=True)
    (folder / "conf" / "env" / "toy.yaml").write_text(TOY)
    words = [
        sys.executable,
        str(ROOT / "run.py"),
        *line.split(),
        "env=toy",
        f"hydra.searchpath=['file://{folder}/conf']",
    ]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **(environment or {})}
    return subprocess.Popen(words, cwd=folder, env=variables, text=True, start_new_session=True, **popen)


def run(line, folder, environment=None):
    """Run the command to its end; return its exit code and its output."""
    with start(line, folder, environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        out, _ = process.communicate()
    return process.returncode, out


def kill(process):
    """Send SIGKILL to the process and all its children."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
