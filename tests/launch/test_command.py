"""Training commands, from the arguments to the exit code, with runs that take no time."""

import os
import shutil
import time
from pathlib import Path

import pytest

from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.lock import is_locked, run_lock
from aiirmix.runs.lookup import find_directories
from tests.launch.conftest import start_in_shell

RUN = Path("runs/default/aiir_mix/8m/seed=0")

needs_posix = pytest.mark.skipif(os.name != "posix", reason="Windows handles open files and parents differently")


def fail_for(seed, error):
    def fit(cfg, directory):
        if cfg.seed == seed:
            raise error

    return fit


def test_a_run_is_trained_and_marked_as_done(type_in, runs_of):
    started = runs_of()
    answer = type_in("env_steps=10000")
    [(config, directory)] = started
    assert answer == (0, f"done: {RUN}\n", "")
    assert config.env_steps == 10000
    assert directory == RunDirectory(RUN)
    assert sorted(path.name for path in RUN.iterdir()) == [
        "DONE",
        "checkpoints",
        "config.yaml",
        "identity.json",
        "run.lock",
    ]


def test_a_run_that_is_done_is_not_started_again(type_in, runs_of):
    started = runs_of()
    type_in("")
    assert type_in("") == (0, f"{RUN} is done already\n", "")
    assert len(started) == 1


def test_an_interrupted_run_is_resumed(type_in, runs_of):
    runs_of(fail_for(0, KeyboardInterrupt()))
    answer = type_in("")
    assert answer.code == 130
    assert answer.err == "interrupted: the same command continues from the last checkpoint\n"
    assert not RunDirectory(RUN).is_done
    assert RunDirectory(RUN).failure is None
    runs_of()
    assert type_in("").code == 0


def test_ctrl_c_differs_from_other_exits_of_lightning(type_in, runs_of):
    def leave_as_lightning_does(cfg, directory):
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise SystemExit(1)  # noqa: B904 - this is how Lightning does it

    runs_of(leave_as_lightning_does)
    assert type_in("").code == 130


def test_a_failed_run_prints_one_line_that_names_its_log(type_in, runs_of):
    runs_of(fail_for(0, RuntimeError("out of luck")))
    answer = type_in("")
    assert answer == (1, "", f"error: RuntimeError: out of luck; see {RUN}/run.log\n")
    assert "Traceback" in (RUN / "run.log").read_text()
    assert (RUN / "FAILED").read_text() == "RuntimeError: out of luck\n"


@pytest.mark.slow
def test_the_reason_of_a_failure_is_its_first_cause(type_in, runs_of):
    error = RuntimeError("wrapped")
    error.__cause__ = ValueError("the\nreason")
    runs_of(fail_for(0, error))
    assert type_in("").err == f"error: ValueError: the reason; see {RUN}/run.log\n"


def test_a_failed_run_is_retried_when_its_command_is_repeated(type_in, runs_of):
    runs_of(fail_for(0, RuntimeError("out of luck")))
    type_in("")
    runs_of()
    assert type_in("").code == 0
    assert RunDirectory(RUN).failure is None


@pytest.mark.slow
def test_a_run_that_failed_during_the_sweep_is_not_retried(type_in, runs_of):
    """Another command may work on the same sweep, and a run that failed there would fail here."""

    def fit(cfg, directory):
        RunDirectory(RUN.with_name("seed=1")).mark_failed("RuntimeError: out of luck elsewhere")

    started = runs_of(fit)
    assert type_in("-m seed=0-2").code == 1
    assert [config.seed for config, _ in started] == [0, 2]


@pytest.mark.slow
def test_waiting_runs_of_a_sweep_have_a_directory(type_in, runs_of):
    seen = []
    runs_of(lambda cfg, directory: seen.append([one.labels.seed for one in find_directories(RUN.parent)]))
    type_in("-m seed=0-2")
    assert seen[0] == ["0", "1", "2"]


def test_a_failed_run_does_not_stop_its_sweep(type_in, runs_of):
    started = runs_of(fail_for(1, RuntimeError("out of luck")))
    answer = type_in("-m seed=0-2")
    assert answer.code == 1
    assert [config.seed for config, _ in started] == [0, 1, 2]
    assert "1 failed, 2 done" in answer.out
    assert answer.out.startswith("3 runs\nThey run one after the other; hydra/launcher=joblib")
    assert sorted(path.name for path in Path("runs").iterdir()) == ["default"]


def test_a_repeated_sweep_does_only_what_is_missing(type_in, runs_of):
    runs_of(fail_for(1, RuntimeError("out of luck")))
    type_in("-m seed=0-2")
    started = runs_of()
    answer = type_in("-m seed=0-2")
    assert answer.code == 0
    assert [config.seed for config, _ in started] == [1]
    assert answer.out.startswith("3 runs: 2 done (skipped), 1 failed (tried again)\n")
    assert "3 done" in answer.out


def test_ctrl_c_ends_a_sweep(type_in, runs_of):
    started = runs_of(fail_for(1, KeyboardInterrupt()))
    assert type_in("-m seed=0-2").code == 130
    assert len(started) == 2
    assert [path.name for path in Path("runs").iterdir()] == ["default"]


def test_a_run_that_is_locked_by_another_process_is_skipped(type_in, runs_of):
    started = runs_of()
    RUN.mkdir(parents=True)
    with run_lock(RUN):
        answer = type_in("-m seed=0-1")
    assert [config.seed for config, _ in started] == [1]
    assert f"running elsewhere: {RUN}" in answer.out


def test_a_full_disk_is_reported_in_one_line(type_in, runs_of):
    runs_of(fail_for(0, OSError(28, "No space left on device")))
    assert type_in("").err == f"error: no disk space: [Errno 28] No space left on device; see {RUN}/run.log\n"


@pytest.mark.slow
def test_a_full_disk_is_named_even_if_the_error_does_not(type_in, runs_of, monkeypatch):
    runs_of(fail_for(0, RuntimeError("unexpected pos 64 vs 0")))
    monkeypatch.setattr("aiirmix.launch.job.FULL", float("inf"))
    assert type_in("").err == f"error: no disk space: RuntimeError: unexpected pos 64 vs 0; see {RUN}/run.log\n"


def replaced(cfg, directory):
    """Remove the directory and start its run again, as another process may; then fail."""
    configuration = directory.config_file.read_text()
    shutil.rmtree(directory.path)
    directory.path.mkdir()
    directory.config_file.write_text(configuration)
    raise FileNotFoundError("metrics.csv")


def removed(cfg, directory):
    shutil.rmtree(directory.path)
    raise FileNotFoundError("metrics.csv")


@needs_posix
@pytest.mark.parametrize("fit", [removed, replaced])
def test_a_removed_directory_is_reported_in_one_line(type_in, runs_of, fit):
    runs_of(fit)
    assert type_in("") == (1, "", f"error: {RUN}: FileNotFoundError: metrics.csv\n")
    assert not (RUN / "FAILED").exists()


def test_a_directory_that_cannot_be_locked_is_reported_in_one_line(type_in, runs_of, monkeypatch):
    def no_locks(*_, **__):
        raise OSError(37, "No locks available")

    runs_of()
    monkeypatch.setattr("aiirmix.runs.lock.lock_descriptor", no_locks)
    assert type_in("").err == f"not started: {RUN}: OSError: [Errno 37] No locks available\n"


@pytest.mark.slow
def test_parallel_runs_show_one_table(type_in_shell):
    answer = type_in_shell("-m model=aiir_mix,liir seed=0-2 hydra/launcher=joblib")
    assert answer.code == 1
    assert "2 failed, 4 done" in answer.out
    assert "one after the other" not in answer.out
    assert answer.err == ""
    assert Path("runs/default/liir/8m/seed=1/FAILED").read_text() == "RuntimeError: one is unlucky\n"
    rows = [line.split("│") for line in answer.out.splitlines() if "│ liir" in line]
    assert [[cell.strip() for cell in row[3:6]] + [row[6].strip()] for row in rows] == [
        ["0", "done", "5,000", "0.25"],
        ["1", "failed", "", ""],
        ["2", "done", "5,000", "0.25"],
    ]


@pytest.mark.slow
def test_two_equal_commands_share_the_runs(folder, monkeypatch):
    gate = closed_gate(folder, monkeypatch)
    both = [start_in_shell("-m seed=2-5 hydra/launcher=joblib hydra.launcher.n_jobs=2") for _ in range(2)]
    wait_for_locks(4)
    gate.touch()
    answers = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    runs = [RUN.with_name(f"seed={seed}") for seed in range(2, 6)]
    assert [(run / "trained").read_text() for run in runs] == 4 * ["x"]
    assert all(RunDirectory(run).is_done for run in runs)


@needs_posix
@pytest.mark.slow
def test_workers_end_when_their_command_is_killed(folder, type_in_shell, monkeypatch):
    """The same command, repeated at once, then finds no locked run."""
    gate = closed_gate(folder, monkeypatch)
    command = start_in_shell("-m seed=2-4 hydra/launcher=joblib hydra.launcher.n_jobs=2")
    wait_for_locks(2)
    command.kill()
    command.communicate()
    gate.touch()
    answer = type_in_shell("-m seed=2-4 hydra/launcher=joblib hydra.launcher.n_jobs=2")
    assert (answer.code, answer.err) == (0, "")
    assert "3 done" in answer.out
    assert "elsewhere" not in answer.out


@pytest.mark.slow
@needs_posix
def test_a_killed_worker_costs_only_its_own_run(type_in_shell):
    """The killed run is the first of four; another one runs beside it, and two wait."""
    line = "-m seed=666,2,3,4 hydra/launcher=joblib hydra.launcher.n_jobs=2"
    answer = type_in_shell(line)
    reason = "its process ended with SIGKILL, probably for lack of memory"
    assert (answer.code, answer.err) == (1, "")
    assert f"failed: {RUN.with_name('seed=666')}: {reason}\n" in answer.out
    assert "1 failed, 3 done" in answer.out
    assert RunDirectory(RUN.with_name("seed=666")).failure == reason
    assert [(RUN.with_name(f"seed={seed}") / "trained").read_text() for seed in (2, 3, 4)] == ["x", "x", "x"]
    assert "4 done" in type_in_shell(f"{line} trainer.max_time=01:00:00:00").out


def test_a_launcher_of_a_user_extends_ours(type_in, folder):
    (folder / "mine" / "hydra" / "launcher").mkdir(parents=True)
    file = folder / "mine" / "hydra" / "launcher" / "my_cluster.yaml"
    file.write_text("defaults:\n  - submitit_slurm\npartition: gpu\n")
    answer = type_in("--cfg hydra --config-dir mine hydra/launcher=my_cluster")
    assert answer.code == 0
    assert "partition: gpu" in answer.out
    assert "name: aiirmix-" in answer.out


def closed_gate(folder, monkeypatch):
    """Make runs of other processes wait until the returned file exists."""
    gate = folder / "gate"
    monkeypatch.setenv("FAKE_GATE", str(gate))
    return gate


def wait_for_locks(count):
    """Wait until so many runs are locked."""
    until = time.monotonic() + 60
    while sum(is_locked(path) for path in RUN.parent.glob("*")) < count:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_help_is_short_and_names_the_choices(type_in_shell):
    answer = type_in_shell("--help")
    assert answer.code == 0
    assert "model/similarity: cosine, dot, mlp" in answer.out
    assert answer.out.count("python run.py ") >= 6
    assert len(answer.out.splitlines()) < 60


@pytest.mark.parametrize("line", ["--cfg job model=liir", "model=liir --cfg job"])
def test_the_composed_configuration_can_be_printed(type_in, folder, line):
    answer = type_in(line)
    assert answer.code == 0
    assert "name: default" in answer.out
    assert list(folder.iterdir()) == []


def test_a_folder_with_the_components_of_a_user_can_be_added(type_in, runs_of, folder):
    (folder / "mine" / "experiment").mkdir(parents=True)
    (folder / "mine" / "experiment" / "short.yaml").write_text("# @package _global_\nenv_steps: 5000\nname: short\n")
    started = runs_of()
    assert type_in("--config-dir mine experiment=short").code == 0
    assert [config.env_steps for config, _ in started] == [5000]
