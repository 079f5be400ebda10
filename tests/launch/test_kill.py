"""Killed at any moment and started again with the same command, a run ends with the very numbers of another.

The processes that are killed are forks of this one: they need not import torch first, so that many can be killed.
"""

import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
import torch

import aiirmix.training.fit  # noqa: F401 - heavy, and would be imported by every fork
from aiirmix.launch.command import command
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from tests.launch.toy_commands import SHORT, TOY, kill, run, start
from tests.toys import CreditGame

MODELS = ["aiir_mix", "qmix"]


def words(model, folder):
    """A command that takes a second or two."""
    return [
        *SHORT.replace("=300", "=400").split(),
        f"model={model}",
        "env=toy",
        f"hydra.searchpath=['file://{folder}']",
    ]


def fork(line, sabotage=lambda: None):
    """Starts a command in another process, after a change to it; the process's id."""
    process = os.fork()
    if process == 0:
        sabotage()
        os._exit(command(line))
    return process


def exit_code(process):
    """Waits for a process; -9 if it was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return request.param


@pytest.fixture(scope="module")
def expected(model, tmp_path_factory):
    """The record of a run that nothing happened to."""
    directory, _ = in_folder(tmp_path_factory.mktemp(model), lambda: [exit_code(fork(words(model, "conf")))])
    return record(directory)


def in_folder(folder, act):
    """Does something in a folder that knows the toy environment; the run's directory, and the exit codes."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        Path("conf/env").mkdir(parents=True)
        Path("conf/env/toy.yaml").write_text(TOY)
        codes = act()
        assert codes[-1] == 0
        [config] = Path.cwd().glob("runs/default/*/toy/seed=0/config.yaml")
        return RunDirectory(config.parent), codes
    finally:
        os.chdir(before)


def record(directory):
    assert directory.is_done
    return directory.metrics_file.read_bytes(), directory.episodes_file.read_bytes()


def until_it_comes_through(start_once, most=200):
    """Starts again and again; the exit codes."""
    codes: list[int] = []
    while not codes or codes[-1] != 0:
        codes.append(start_once(len(codes)))
        assert codes[-1] in (0, -signal.SIGKILL)
        assert len(codes) < most
    return codes


def doomed(step, at_call, seconds):
    """The environment's step, but so long after its call of that number, counted from 0, a SIGKILL comes.

    A kill after so many seconds alone would come before the start or after the end on a machine of another speed.
    """
    calls = iter(range(10**6))

    def wrapper(*arguments):
        if next(calls) == at_call:
            threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return step(*arguments)

    return wrapper


def test_a_run_survives_kills_at_random_moments(model, expected, tmp_path):
    chance = random.Random(0)

    def start_once(attempt):
        step = doomed(CreditGame.step, chance.randrange(20), chance.uniform(0, 0.03))
        return exit_code(fork(words(model, "conf"), lambda: setattr(CreditGame, "step", step) if attempt < 4 else None))

    directory, codes = in_folder(tmp_path, lambda: until_it_comes_through(start_once))
    assert codes.count(-signal.SIGKILL) >= 2
    assert record(directory) == expected


def deadly(function, act, at_call, afterwards):
    """The function, but its call of that number, counted from 0, is `act`, with a SIGKILL before or after it."""
    calls = iter(range(10**6))

    def wrapper(*arguments, **keywords):
        if next(calls) != at_call:
            return function(*arguments, **keywords)
        if afterwards:
            act(*arguments, **keywords)
        return os.kill(os.getpid(), signal.SIGKILL)

    return wrapper


def torn_append(table, rows):
    """Half of what should be appended."""
    text = ",".join(str(value) for row in rows for value in row.values())
    with table.path.open("a") as file:
        file.write(text[: len(text) // 2])


def torn_save(state, path, save=torch.save):
    """Half a checkpoint."""
    save(state, path)
    os.truncate(path, Path(path).stat().st_size // 2)


SABOTAGE = {
    "before a file is put in place": (os, "replace", os.replace, False),
    "after a file is put in place": (os, "replace", os.replace, True),
    "before rows are appended": (Table, "append", Table.append, False),
    "after rows are appended": (Table, "append", Table.append, True),
    "while rows are appended": (Table, "append", torn_append, True),
    "while a checkpoint is written": (torch, "save", torn_save, True),
}


def sabotaged(model, moment, call):
    """A command that is killed at that write, or comes through if there are fewer."""
    owner, name, act, afterwards = SABOTAGE[moment]
    fatal = deadly(getattr(owner, name), act, call, afterwards)
    return exit_code(fork(words(model, "conf"), lambda: setattr(owner, name, fatal)))


def test_a_run_survives_kills_while_it_writes(model, expected, tmp_path):
    """Each attempt is killed in another way, at its second such write."""
    moments = [*SABOTAGE]

    def start_once(attempt):
        return sabotaged(model, moments[attempt], 1) if attempt < len(moments) else sabotaged(model, moments[0], 10**6)

    directory, codes = in_folder(tmp_path, lambda: until_it_comes_through(start_once))
    assert codes.count(-signal.SIGKILL) >= 4
    assert record(directory) == expected


def test_a_run_that_is_told_to_stop_is_interrupted_and_has_not_failed(tmp_path):
    def stop_and_go_on():
        process = fork(words(MODELS[0], "conf"))
        while not list(Path("runs").rglob("metrics.csv")):
            time.sleep(0.01)
        os.kill(process, signal.SIGTERM)
        assert exit_code(process) == 130
        assert not list(Path("runs").rglob("FAILED"))
        return [exit_code(fork(words(MODELS[0], "conf")))]

    directory, _ = in_folder(tmp_path, stop_and_go_on)
    assert directory.is_done


@pytest.mark.slow
@pytest.mark.parametrize("moment", SABOTAGE)
def test_a_run_survives_a_kill_at_any_write(model, expected, tmp_path, moment):
    """Each attempt is killed at a later write than the one before, until there are too few left to be killed at."""
    directory, codes = in_folder(
        tmp_path, lambda: until_it_comes_through(lambda attempt: sabotaged(model, moment, attempt))
    )
    assert codes.count(-signal.SIGKILL) >= 2
    assert record(directory) == expected


@pytest.mark.slow
def test_a_real_command_survives_kills_at_random_moments(model, tmp_path):
    line, chance = f"{SHORT} env_steps=4000 evaluation.every=200 model={model}", random.Random(1)
    started = time.perf_counter()
    assert run(line, tmp_path / "whole")[0] == 0
    seconds = time.perf_counter() - started
    for _ in range(4):
        process = start(line, tmp_path / "killed", stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.2, 0.9) * seconds)
        kill(process)
    assert run(line, tmp_path / "killed")[0] == 0
    one, another = (RunDirectory(tmp_path / part / f"runs/default/{model}/toy/seed=0") for part in ("whole", "killed"))
    assert record(one) == record(another)


@pytest.mark.slow
def test_a_real_sweep_survives_kills_of_its_command_alone(tmp_path):
    """The workers are left to themselves, and the command is typed again at once."""
    line = f"-m {SHORT} env_steps=4000 evaluation.every=200 model=qmix,aiir_mix hydra/launcher=joblib"
    started, chance = time.perf_counter(), random.Random(2)
    assert run(line, tmp_path / "whole")[0] == 0
    seconds = time.perf_counter() - started
    for _ in range(4):
        process = start(line, tmp_path / "killed", stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.2, 0.9) * seconds)
        process.kill()
        process.wait()
    assert run(line, tmp_path / "killed")[0] == 0
    for model in ("qmix", "aiir_mix"):
        parts = [tmp_path / part / f"runs/default/{model}/toy/seed=0" for part in ("whole", "killed")]
        one, another = (record(RunDirectory(part)) for part in parts)
        assert one == another
