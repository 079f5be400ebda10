"""A sweep on a real Ray cluster of two nodes on this machine."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from aiirmix.runs.directory import RunDirectory
from tests.launch.slurm_cluster import wait_for
from tests.launch.toy_commands import SHORT, run, start

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.slow

LONG = SHORT.replace("env_steps=300", "env_steps=3000").replace("every=100", "every=300")
SEEDS = range(3)
START = 300
"""Seconds that a busy machine may need to start a command and a worker."""
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])}
"""With the packages of this process."""


def directory(folder, seed):
    return RunDirectory(folder / "runs" / "default" / "aiir_mix" / "toy" / f"seed={seed}")


def record(folder):
    return [directory(folder, seed).metrics_file.read_bytes() for seed in SEEDS]


def rows(folder):
    """Return the lines in the table of each run so far."""
    files = [directory(folder, seed).metrics_file for seed in SEEDS]
    return [len(file.read_text().splitlines()) if file.exists() else 0 for file in files]


@pytest.fixture
def cluster(monkeypatch):
    """Two nodes with one core each."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("PYTHONPATH", ENVIRONMENT["PYTHONPATH"])
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    nodes.lost = nodes.add_node(num_cpus=1)
    yield nodes
    nodes.shutdown()


def workers():
    """Return the processes of Ray that run a job now."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [int(pid) for pid in re.findall(r"^\s*(\d+) ray::aiirmix_run", listed, re.MULTILINE)]


def test_runs_survive_killed_workers_and_a_lost_node(cluster, tmp_path):
    line = f"-m seed=0-2 {LONG}"
    assert run(line, tmp_path / "here")[0] == 0
    words = f"{line} hydra/launcher=ray hydra.launcher.init.address={cluster.address}"
    process = start(words, tmp_path, ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_for(lambda: max(rows(tmp_path)) > 3, START)
    killed = workers()
    assert killed
    for worker in killed:
        os.kill(worker, signal.SIGKILL)
    wait_for(lambda: set(workers()) - set(killed), START)
    cluster.remove_node(cluster.lost, allow_graceful=False)
    out, _ = process.communicate(timeout=600)
    assert process.returncode == 0, out
    assert record(tmp_path) == record(tmp_path / "here")
    assert all(directory(tmp_path, seed).is_done for seed in SEEDS)
    assert "Traceback" not in out


def test_a_killed_command_leaves_nothing_running_and_is_continued(cluster, tmp_path):
    words = f"-m seed=0-1 {LONG} hydra/launcher=ray hydra.launcher.init.address={cluster.address}"
    process = start(words, tmp_path, ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: directory(tmp_path, 0).metrics_file.exists(), START)
    process.kill()
    process.wait()
    wait_for(lambda: not workers(), 60)
    assert run(words, tmp_path, ENVIRONMENT)[0] == 0
    assert directory(tmp_path, 0).is_done
    assert directory(tmp_path, 1).is_done


def test_a_cluster_that_does_not_exist_is_reported_in_one_line(tmp_path):
    code, out = run(
        f"-m seed=0-1 {SHORT} hydra/launcher=ray hydra.launcher.init.address=127.0.0.1:1", tmp_path, ENVIRONMENT
    )
    assert code == 1
    [line] = [line for line in out.splitlines() if line.startswith("error: ")]
    assert "the launcher gave up: Ray has no cluster at 127.0.0.1:1: " in line
    assert "Traceback" not in out
