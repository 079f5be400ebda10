"""A sweep on a real Slurm cluster of one node."""

import subprocess

import pytest

from aiirmix.runs.directory import RunDirectory
from tests.launch.slurm_cluster import ask, cluster, is_possible, wait_for
from tests.launch.toy_commands import SHORT, run, start

pytestmark = [
    pytest.mark.slow,
    pytest.mark.slurm,
    pytest.mark.skipif(not is_possible(), reason="needs slurmctld, slurmd, munged and root"),
]

SLURM = "hydra/launcher=submitit_slurm hydra.launcher.mem_gb=1 hydra.launcher.timeout_min=30"
LONG = SHORT.replace("env_steps=300", "env_steps=20000").replace("every=100", "every=500")


@pytest.fixture(scope="module")
def slurm():
    with cluster() as environment:
        yield environment


def directory(folder, seed):
    return RunDirectory(folder / f"runs/default/aiir_mix/toy/seed={seed}")


def record(one):
    return one.metrics_file.read_bytes(), one.episodes_file.read_bytes()


def jobs(slurm, states):
    """Return the ids of the jobs in these states."""
    return ask(["squeue", "-h", "-r", "-o", "%i", "-t", states], slurm).split()


def test_a_sweep_runs_what_is_missing(slurm, tmp_path):
    line = f"-m seed=0-2 {SHORT} {SLURM}"
    assert run(f"seed=1 {SHORT}", tmp_path)[0] == 0
    code, out = run(line, tmp_path, slurm)
    assert code == 0, out
    assert "3 runs: 1 done (skipped)" in out
    assert "3 done" in out
    assert len(list(tmp_path.glob("runs/default/.slurm/*/*_submitted.pkl"))) == 2
    assert run(f"-m seed=0-2 {SHORT}", tmp_path / "here")[0] == 0
    assert [record(directory(tmp_path, seed)) for seed in range(3)] == [
        record(directory(tmp_path / "here", seed)) for seed in range(3)
    ]


@pytest.mark.parametrize("signal", ["KILL", "USR2"], ids=["stopped at once", "warned first"])
def test_a_preempted_job_continues_exactly(slurm, tmp_path, signal):
    """Slurm stops the job and queues it again; submitit queues it again itself when a signal warns it."""
    process = start(f"-m seed=5 {LONG} {SLURM}", tmp_path, slurm, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_for(directory(tmp_path, 5).metrics_file.exists)
    wait_for(lambda: " of 20000: " in directory(tmp_path, 5).log_file.read_text())
    [job] = jobs(slurm, "R")
    words = ["scontrol", "requeue", job] if signal == "KILL" else ["scancel", "--signal", signal, job]
    assert subprocess.run(words, env=slurm, check=True).returncode == 0
    wait_for(lambda: jobs(slurm, "PD"))
    # Slurm would delay it by two minutes.
    subprocess.run(["scontrol", "update", f"jobid={job}", "starttime=now"], env=slurm, check=True)
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0, out
    assert directory(tmp_path, 5).log_file.read_text().count(" of 20000: ") > 2
    assert run(f"seed=5 {LONG}", tmp_path / "here")[0] == 0
    assert record(directory(tmp_path, 5)) == record(directory(tmp_path / "here", 5))


def test_jobs_continue_without_the_command_that_submitted_them(slurm, tmp_path):
    process = start(f"-m seed=6 {LONG} {SLURM}", tmp_path, slurm, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_for(directory(tmp_path, 6).metrics_file.exists)
    process.send_signal(2)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "1 of the runs go on without this command" in out
    wait_for(lambda: directory(tmp_path, 6).is_done, 300)


def test_a_cluster_that_refuses_jobs_is_reported_in_one_line(slurm, tmp_path):
    code, out = run(f"-m seed=0-1 {SHORT} {SLURM} hydra.launcher.partition=nowhere", tmp_path, slurm)
    assert code == 1
    [line] = [line for line in out.splitlines() if line.startswith("error: ")]
    assert "invalid partition specified: nowhere" in line
    assert "Traceback" not in out
