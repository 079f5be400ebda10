"""A run that is stopped anywhere and started again gives the very numbers of one that was not."""

import random
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.data.replay import ReplayBuffer
from aiirmix.learners.intrinsic import IntrinsicActorCritic
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.training import checkpoint, replay_files
from aiirmix.training.build import build
from aiirmix.training.data_module import BattleData
from aiirmix.training.fit import fit
from tests.learners.models import MODELS, settings
from tests.training.toy_runs import open_run, toy_config, train


class PowerCutError(Exception):
    """What ends a run here."""


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return train(tmp_path_factory.mktemp("runs") / "run")


def assert_same_record(directory, expected):
    assert directory.metrics_file.read_bytes() == expected.metrics_file.read_bytes()
    assert directory.episodes_file.read_bytes() == expected.episodes_file.read_bytes()


def failing(method, at_call):
    """The method, but that call of it, counted from 0, ends the run."""
    calls = iter(range(1000))

    def wrapper(*arguments, **keywords):
        if next(calls) == at_call:
            raise PowerCutError
        return method(*arguments, **keywords)

    return wrapper


MOMENTS = {
    "an update": (IntrinsicActorCritic, "learn"),
    "an evaluation": (IntrinsicActorCritic, "validation_step"),
    "writing rows": (Table, "append"),
    "writing a checkpoint": (checkpoint, "save"),
}


@pytest.mark.parametrize("call", [0, 1, 3])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_goes_on_where_it_was_stopped(tmp_path, uninterrupted, monkeypatch, moment, call):
    owner, name = MOMENTS[moment]
    config = toy_config()
    directory = open_run(config, tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failing(getattr(owner, name), call))
        with pytest.raises(PowerCutError):
            fit(config, directory)
    fit(config, open_run(config, tmp_path / "run"))
    assert_same_record(directory, uninterrupted)


def test_a_run_may_be_stopped_again_and_again(tmp_path, uninterrupted, monkeypatch):
    """Each time it comes to its second checkpoint; four evaluations are three stops."""
    config = toy_config()
    for _ in range(3):
        with monkeypatch.context() as patch:
            patch.setattr(checkpoint, "save", failing(checkpoint.save, 1))
            with pytest.raises(PowerCutError):
                fit(config, open_run(config, tmp_path))
    directory = open_run(config, tmp_path)
    fit(config, directory)
    assert_same_record(directory, uninterrupted)


def test_a_run_that_is_over_stays_as_it_is(tmp_path, uninterrupted):
    config = toy_config()
    directory = train(tmp_path)
    files = {file: file.stat().st_mtime_ns for file in (directory.path / "checkpoints").iterdir()}
    assert fit(config, directory).env_steps == 0
    assert_same_record(directory, uninterrupted)
    assert files == {file: file.stat().st_mtime_ns for file in (directory.path / "checkpoints").iterdir()}


SMALLER = ("env_steps=100", "model.lr_schedules.actor.steps=300")
"""A third of the budget, at the learning rates of the whole."""


def test_a_larger_budget_goes_on_from_the_smaller_one(tmp_path, uninterrupted):
    directory = train(tmp_path, *SMALLER)
    fit(toy_config(), directory)
    assert_same_record(directory, uninterrupted)


def test_a_torn_row_is_dropped(tmp_path, uninterrupted):
    directory = train(tmp_path, *SMALLER)
    for file in (directory.metrics_file, directory.episodes_file):
        with file.open("a") as table:
            table.write("200,3.5,1.")
    fit(toy_config(), directory)
    assert_same_record(directory, uninterrupted)


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(tmp_path, monkeypatch):
    directory = train(tmp_path, "env_steps=100")
    file = directory.checkpoints / "last.pt"
    before = file.read_bytes()

    def full_disk(state, path):
        path.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("torch.save", full_disk)
    with pytest.raises(OSError, match="No space left"):
        fit(toy_config(), directory)
    assert file.read_bytes() == before


def test_a_checkpoint_restores_every_state(tmp_path):
    """Optimisers, targets and counters included: saved again, it is the same."""
    directory = train(tmp_path)
    config = toy_config()
    learner, battles = fresh(config)
    assert checkpoint.load(directory.checkpoints / "last.pt", learner, battles)
    checkpoint.save(tmp_path / "again.pt", learner, battles)
    assert_same_state(tmp_path / "again.pt", directory.checkpoints / "last.pt")


def test_a_run_does_not_write_into_a_directory_that_was_made_anew(tmp_path, monkeypatch):
    config = toy_config()
    directory = open_run(config, tmp_path / "run")

    def make_anew(learner, *_):
        shutil.rmtree(directory.path)
        open_run(config, directory.path)
        monkeypatch.undo()

    monkeypatch.setattr(IntrinsicActorCritic, "validation_step", make_anew)
    with pytest.raises(ConfigError, match="was removed while the run was at it"):
        fit(config, directory)
    assert not directory.metrics_file.exists()


def fresh(config):
    battles = BattleData(lambda: build(config.env), 7, 100, 4)
    return build(config.model, spec=battles.env.spec, seed=7), battles


def assert_same_state(one, another):
    first, second = (torch.load(file, weights_only=True) for file in (one, another))
    torch.testing.assert_close(first, second, rtol=0, atol=0)


SMALL = {"batch_size": 4, "replay.capacity": 40, "updates_per_episode": 0.5, "target_update_every": 3}


@pytest.mark.parametrize("model", MODELS)
def test_the_next_update_after_a_checkpoint_is_the_very_same(tmp_path, model):
    """In the middle between two copies to targets, with a third of the replay buffer in its second round."""
    config = toy_config(f"model={model}", *settings(model, **SMALL))
    learner, battles = fresh(config)
    teach(learner, battles, batches=2)
    checkpoint.save(tmp_path / "two.pt", learner, battles)
    again, other_battles = fresh(config)
    checkpoint.load(tmp_path / "two.pt", again, other_battles)
    states = []
    for who, where in ((learner, battles), (again, other_battles)):
        teach(who, where, batches=1)
        states.append([who.state_dict(), *(o.state_dict() for o in who.optimizers_by_name.values())])
    torch.testing.assert_close(*states, rtol=0, atol=0)


def teach(learner, battles, batches):
    battles.attach(learner)
    for _ in range(batches):
        learner.update(next(battles._train()))


OFF_POLICY = (
    "model=qmix",
    "model.batch_size=4",
    "model.episodes_per_batch=4",
    "model.replay.capacity=30",
    "env_steps=200",
    "evaluation.every=50",
)
"""The buffer wraps round within a run."""


@pytest.fixture(scope="module")
def uninterrupted_off_policy(tmp_path_factory):
    return train(tmp_path_factory.mktemp("runs") / "run", *OFF_POLICY)


@pytest.mark.parametrize("file", [1, 2])
@pytest.mark.parametrize("place", ["write_new", "drop_others"])
def test_a_run_goes_on_with_its_replay_buffer(tmp_path, uninterrupted_off_policy, monkeypatch, place, file):
    """Stopped before its replay file is written, or between checkpoint and clearing up."""
    config = toy_config(*OFF_POLICY)
    with monkeypatch.context() as patch:
        patch.setattr(replay_files, place, failing(getattr(replay_files, place), file))
        with pytest.raises(PowerCutError):
            fit(config, open_run(config, tmp_path))
    directory = open_run(config, tmp_path)
    fit(config, directory)
    assert_same_record(directory, uninterrupted_off_policy)


def test_a_run_stopped_between_replay_file_and_checkpoint_goes_on(tmp_path, uninterrupted_off_policy, monkeypatch):
    config, written = toy_config(*OFF_POLICY), []

    def write_and_stop(*arguments):
        written.append(replay_files_write_new(*arguments))
        if len(written) == 3:
            raise PowerCutError
        return written[-1]

    replay_files_write_new = replay_files.write_new
    with monkeypatch.context() as patch:
        patch.setattr(replay_files, "write_new", write_and_stop)
        with pytest.raises(PowerCutError):
            fit(config, open_run(config, tmp_path))
    named = torch.load(tmp_path / "checkpoints" / "last.pt", weights_only=True)["replay"]
    assert set(named) < {file.name for file in (tmp_path / "checkpoints" / "last.replay").iterdir()}
    directory = open_run(config, tmp_path)
    fit(config, directory)
    assert_same_record(directory, uninterrupted_off_policy)


def test_a_complete_run_keeps_no_episodes(uninterrupted_off_policy):
    assert not list((uninterrupted_off_policy.checkpoints / "last.replay").iterdir())


def test_a_run_asks_for_the_space_of_its_replay_buffer_before_it_plays(tmp_path, monkeypatch):
    """At most 30 episodes of the toy environment's limit; with a budget of 10 steps it can have no more than ten."""
    config, asked = toy_config(*OFF_POLICY), []
    monkeypatch.setattr(checkpoint, "require_space", lambda path, megabytes, what: asked.append(megabytes))
    learner, _ = fresh(config)
    monkeypatch.setattr(type(learner.replay), "megabytes", 900.0)
    (tmp_path / "last.replay").mkdir()
    for budget in (200, 30, 10):
        checkpoint.require_space_for_replay(tmp_path / "last.pt", learner, budget)
    (tmp_path / "last.replay" / "0-20.pt").write_bytes(bytes(10**6))
    checkpoint.require_space_for_replay(tmp_path / "last.pt", learner, 200)
    learner.replay.saved = False
    checkpoint.require_space_for_replay(tmp_path / "last.pt", learner, 200)
    assert asked == [900, 900, 300, 899]


def test_a_buffer_that_does_not_fit_on_the_disk_ends_the_run_in_one_line(tmp_path, monkeypatch):
    config = toy_config(*OFF_POLICY)
    directory = open_run(config, tmp_path)
    monkeypatch.setattr(ReplayBuffer, "megabytes", 1e9)
    told = r"no disk space: the saved replay buffer \(model.replay.saved\) needs 1000000000 MB free"
    with pytest.raises(ConfigError, match=told):
        fit(config, directory)


def test_without_its_episodes_a_run_goes_on_and_says_what_that_means(tmp_path, monkeypatch, caplog):
    config = toy_config(*OFF_POLICY, "model.replay.saved=false")
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", failing(checkpoint.save, 2))
        with pytest.raises(PowerCutError):
            fit(config, open_run(config, tmp_path))
    assert not (tmp_path / "checkpoints" / "last.replay").exists()
    fit(config, open_run(config, tmp_path))
    assert "the checkpoint holds no episodes: the replay buffer fills anew" in caplog.text


@pytest.mark.slow
def test_a_run_survives_being_killed(tmp_path):
    """SIGKILL at random moments, until the run comes through."""
    overrides = ("env_steps=20000", "evaluation.every=500")
    expected = train(tmp_path / "uninterrupted", *overrides)
    killed, chance, kills = RunDirectory(tmp_path / "killed"), random.Random(0), 0
    arguments = ", ".join(map(repr, [str(killed.path), *overrides]))
    code = f"from tests.training.toy_runs import train; train({arguments})"
    while kill_after(chance.randint(1, 12), subprocess.Popen([sys.executable, "-c", code]), killed, chance):
        kills += 1
    assert kills >= 2
    assert_same_record(killed, expected)


def kill_after(evaluations, process, directory, chance):
    """Whether the run was still going on when it had made so many more evaluations, and some milliseconds later."""
    wanted = evaluations_of(directory) + evaluations
    while process.poll() is None and evaluations_of(directory) < wanted:
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.3))
    process.kill()
    assert process.wait() in (0, -signal.SIGKILL)
    return process.returncode != 0


def evaluations_of(directory):
    return len(directory.metrics_file.read_text().splitlines()) if directory.metrics_file.exists() else 0
