"""A run that is killed at any time and resumed gives the numbers of an uninterrupted one.

The killed processes are forks of this one. They need not import torch, so that many can be killed.
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

import aiirmix.training.fit  # noqa: F401 - slow to import in every fork
from aiirmix.cli.main import main
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from tests.launch.toy_commands import SHORT, TOY, kill, run, start
from tests.marks import slow_but
from tests.toys import CreditGame

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")

MODELS = ["aiir_mix", "qmix"]


def words(model, folder):
    """Return the arguments of a command that takes a second or two."""
    return [
        *SHORT.replace("=300", "=400").split(),
        f"model={model}",
        "env=toy",
        f"hydra.searchpath=['file://{folder}']",
    ]


def fork(line, sabotage=lambda: None):
    """Run a command in a fork, after a change there; return the id of the process."""
    process = os.fork()
    if process == 0:
        sabotage()
        os._exit(main(["train", *line]))
    return process


def exit_code(process):
    """Wait for a process; return its exit code, -9 if it was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


@pytest.fixture(scope="module", params=slow_but(["qmix"], MODELS))
def model(request):
    return request.param


@pytest.fixture(scope="module")
def expected(model, tmp_path_factory):
    """Return the record of an uninterrupted run."""
    directory, _ = in_folder(tmp_path_factory.mktemp(model), lambda: [exit_code(fork(words(model, "conf")))])
    return record(directory)


def in_folder(folder, act):
    """Act in a folder with the toy environment; return the run directory and the exit codes."""
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


def repeat_until_done(start_once, most=200):
    """Repeat a command until it succeeds; return the exit codes."""
    codes: list[int] = []
    while not codes or codes[-1] != 0:
        codes.append(start_once(len(codes)))
        assert codes[-1] in (0, -signal.SIGKILL)
        assert len(codes) < most
    return codes


def doomed(step, at_call, seconds):
    """Return the step function of an environment. Some seconds after call number `at_call`, it sends SIGKILL.

    The time is counted from a call because the start of a run takes longer on a slow machine.
    """
    calls = iter(range(10**6))

    def wrapper(*arguments):
        if next(calls) == at_call:
            threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return step(*arguments)

    return wrapper


@pytest.mark.slow
def test_a_run_survives_kills_at_random_times(model, expected, tmp_path):
    chance = random.Random(0)

    def start_once(attempt):
        step = doomed(CreditGame.step, chance.randrange(20), chance.uniform(0, 0.03))
        return exit_code(fork(words(model, "conf"), lambda: setattr(CreditGame, "step", step) if attempt < 4 else None))

    directory, codes = in_folder(tmp_path, lambda: repeat_until_done(start_once))
    assert codes.count(-signal.SIGKILL) >= 2
    assert record(directory) == expected


def deadly(function, act, at_call, afterwards):
    """Return the function with call number `at_call` replaced by `act`, and a SIGKILL before or after it."""
    calls = iter(range(10**6))

    def wrapper(*arguments, **keywords):
        if next(calls) != at_call:
            return function(*arguments, **keywords)
        if afterwards:
            act(*arguments, **keywords)
        return os.kill(os.getpid(), signal.SIGKILL)

    return wrapper


def torn_append(table, rows):
    """Append half of the rows."""
    text = ",".join(str(value) for row in rows for value in row.values())
    with table.path.open("a") as file:
        file.write(text[: len(text) // 2])


def torn_save(state, file, save=torch.save):
    """Write half a checkpoint."""
    save(state, file)
    file.truncate(file.tell() // 2)
    file.flush()


SABOTAGE = {
    "before a file is replaced": (os, "replace", os.replace, False),
    "after a file is replaced": (os, "replace", os.replace, True),
    "before rows are appended": (Table, "append", Table.append, False),
    "after rows are appended": (Table, "append", Table.append, True),
    "while rows are appended": (Table, "append", torn_append, True),
    "while a checkpoint is written": (torch, "save", torn_save, True),
}


def sabotaged(model, place, call):
    """Run a command that is killed at that write, or succeeds if there are fewer."""
    owner, name, act, afterwards = SABOTAGE[place]
    fatal = deadly(getattr(owner, name), act, call, afterwards)
    return exit_code(fork(words(model, "conf"), lambda: setattr(owner, name, fatal)))


@pytest.mark.slow
def test_a_run_survives_kills_while_it_writes(model, expected, tmp_path):
    """Each attempt is killed in another place, at its second write there."""
    places = [*SABOTAGE]

    def start_once(attempt):
        return sabotaged(model, places[attempt], 1) if attempt < len(places) else sabotaged(model, places[0], 10**6)

    directory, codes = in_folder(tmp_path, lambda: repeat_until_done(start_once))
    assert codes.count(-signal.SIGKILL) >= 4
    assert record(directory) == expected


def ignore_interruptions():
    """Let the handler of SIGTERM raise nothing, like one that runs within a destructor."""
    signal.signal(signal.SIGTERM, lambda *_: None)


@pytest.mark.parametrize("sabotage", [lambda: None, ignore_interruptions], ids=["raised", "ignored"])
def test_sigterm_interrupts_a_run_without_a_failure(tmp_path, sabotage):
    def stop_and_resume():
        process = fork(words(MODELS[0], "conf"), sabotage)
        while not list(Path("runs").rglob("metrics.csv")):
            time.sleep(0.01)
        os.kill(process, signal.SIGTERM)
        code, failures = exit_code(process), [file.read_text() for file in Path("runs").rglob("FAILED")]
        assert (code, failures) == (130, [])
        return [exit_code(fork(words(MODELS[0], "conf")))]

    directory, _ = in_folder(tmp_path, stop_and_resume)
    assert directory.is_done


@pytest.mark.slow
@pytest.mark.parametrize("place", SABOTAGE)
def test_a_run_survives_a_kill_at_any_write(model, expected, tmp_path, place):
    """Each attempt is killed at a later write than the one before, until the run has fewer writes."""
    directory, codes = in_folder(tmp_path, lambda: repeat_until_done(lambda attempt: sabotaged(model, place, attempt)))
    assert codes.count(-signal.SIGKILL) >= 2
    assert record(directory) == expected


@pytest.mark.slow
def test_a_real_command_survives_kills_at_random_times(model, tmp_path):
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
    """The workers are not killed, and the command is repeated at once."""
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
