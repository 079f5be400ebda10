"""A run that is stopped anywhere and resumed gives the numbers of an uninterrupted one."""

import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_file
from aiirmix.data.replay import ReplayBuffer
from aiirmix.evaluation.trained_run import load_trained
from aiirmix.learners.actor_critic import ActorCritic
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.training import checkpoint, replay_files, tensor_files
from aiirmix.training.build import build
from aiirmix.training.checkpoint import LastCheckpoint, load_checkpoint
from aiirmix.training.data_module import BattleData
from aiirmix.training.fit import _trainer, fit
from tests.learners.models import MODELS, printed, settings
from tests.marks import slow, slow_but
from tests.training.toy_runs import OFF_POLICY, PowerCutError, assert_same_record, cut, open_run, toy_config, train


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return train(tmp_path_factory.mktemp("runs") / "run")


STOPS = {
    "an update": (ActorCritic, "improve_actor"),
    "an evaluation": (ActorCritic, "validation_step"),
    "writing rows": (Table, "append"),
    "writing a checkpoint": (torch, "save"),
}


@pytest.mark.parametrize("call", [1, *slow([0, 3])])
@pytest.mark.parametrize("stop", slow_but(["an update", "writing a checkpoint"], STOPS))
def test_a_run_is_resumed_where_it_was_stopped(tmp_path, uninterrupted, stop, call):
    owner, name = STOPS[stop]
    config = toy_config()
    cut(config, tmp_path / "run", owner, name, call)
    directory = open_run(config, tmp_path / "run")
    fit(config, directory)
    assert_same_record(directory, uninterrupted)


@pytest.mark.slow
def test_a_run_may_be_stopped_again_and_again(tmp_path, uninterrupted):
    """Stop at the second checkpoint each time: three stops for four evaluations."""
    config = toy_config()
    for _ in range(3):
        cut(config, tmp_path, torch, "save", 1)
    directory = open_run(config, tmp_path)
    fit(config, directory)
    assert_same_record(directory, uninterrupted)


@pytest.mark.slow
def test_a_run_that_is_over_stays_as_it_is(tmp_path, uninterrupted):
    config = toy_config()
    directory = train(tmp_path)
    files = {file: file.stat().st_mtime_ns for file in (directory.path / "checkpoints").iterdir()}
    assert fit(config, directory)
    assert_same_record(directory, uninterrupted)
    assert files == {file: file.stat().st_mtime_ns for file in (directory.path / "checkpoints").iterdir()}


SMALLER = ("env_steps=100", "model.lr_schedules.actor.steps=300")
"""A third of the budget, with the learning rates of the whole run."""


@pytest.mark.slow
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
    file = directory.checkpoint_file
    before = file.read_bytes()

    @contextmanager
    def on_a_full_disk(path):
        with atomic_file(path) as temporary:
            temporary.symlink_to("/dev/full")
            yield temporary

    monkeypatch.setattr(tensor_files, "atomic_file", on_a_full_disk)
    with pytest.raises(ConfigError, match="no disk space to write"):
        fit(toy_config(), directory)
    assert file.read_bytes() == before


def test_a_checkpoint_restores_every_state(tmp_path):
    """Optimisers, targets and counters included: saved again, it is the same."""
    directory, config = train(tmp_path), toy_config()
    learner, battles = fresh(config)
    battles.attach(learner)
    trainer = _trainer(config, directory, resumed=True)
    trainer.fit(learner, datamodule=battles, ckpt_path=directory.checkpoint_file, weights_only=True)
    trainer.save_checkpoint(tmp_path / "again.ckpt")
    assert_same_state(load_checkpoint(tmp_path / "again.ckpt"), load_checkpoint(directory.checkpoint_file))


def test_a_checkpoint_is_that_of_lightning(uninterrupted):
    """With the usual layout, and without code: loading it as tensors and plain containers is enough.

    Reward parameters take one step for a batch, all others one in each of its epochs.
    """
    state = torch.load(uninterrupted.checkpoint_file, weights_only=True)
    learner, _ = fresh(toy_config())
    learner.load_state_dict(state["state_dict"])
    assert int(learner.env_steps) >= 300
    assert len(state["optimizer_states"]) == len(learner.optimizers_by_name)
    assert state["hyper_parameters"]["model"]["gamma"] == 0.99
    batches = int(learner.updates) // learner.actors_update.epochs
    always = learner.optimizers_by_name.keys() - {"rewards"}
    assert state["global_step"] == int(learner.updates) * len(always) + batches
    assert "pytorch-lightning_version" in state


def test_a_run_does_not_write_into_a_directory_that_was_made_anew(tmp_path, monkeypatch):
    config = toy_config()
    directory = open_run(config, tmp_path / "run")

    def make_anew(learner, *_):
        shutil.rmtree(directory.path)
        open_run(config, directory.path)
        monkeypatch.undo()

    monkeypatch.setattr(ActorCritic, "validation_step", make_anew)
    with pytest.raises(ConfigError, match="was removed during the run"):
        fit(config, directory)
    assert not directory.metrics_file.exists()


def test_a_run_goes_on_after_its_files_were_touched_and_restored(tmp_path, uninterrupted, monkeypatch):
    config, evaluate = toy_config(), ActorCritic.validation_step
    directory = open_run(config, tmp_path / "run")

    def touch_and_go_on(learner, *arguments):
        for name in ("config.yaml", "identity.json"):
            content = (directory.path / name).read_bytes()
            (directory.path / name).unlink()
            (directory.path / name).write_bytes(content)
        return evaluate(learner, *arguments)

    monkeypatch.setattr(ActorCritic, "validation_step", touch_and_go_on)
    assert fit(config, directory)
    assert_same_record(directory, uninterrupted)


def fresh(config):
    battles = BattleData(lambda: build(config.env), 7, config.env_steps, 100, 4)
    return build(config.model, spec=battles.env.spec, seed=7), battles


def assert_same_state(one, another):
    for part in ("state_dict", "optimizer_states", "callbacks", "BattleData"):
        torch.testing.assert_close(one[part], another[part], rtol=0, atol=0)


SMALL = {"batch_size": 4, "replay.capacity": 40, "updates_per_episode": 0.5, "target_update_every": 3}
"""Checkpoints fall between two copies to targets, and the replay buffer is in its second round."""


@pytest.mark.parametrize("model", slow_but(["aiir_mix", "qmix"], MODELS))
def test_every_model_goes_on_with_the_very_same_state(tmp_path, model):
    overrides = (f"model={model}", *settings(model, **SMALL), "env_steps=200")
    whole = train(tmp_path / "whole", *overrides)
    cut(toy_config(*overrides), tmp_path / "cut", LastCheckpoint, "_save", 2)
    resumed = train(tmp_path / "cut", *overrides)
    assert_same_state(load_checkpoint(resumed.checkpoint_file), load_checkpoint(whole.checkpoint_file))
    assert_same_record(resumed, whole)


GATED = ("model/balance=gated", "model/update=clipped", "model.update.minibatches=2", "model/preconditioner=optimizer")


WAITING = ("model/balance=total", "model/meta_data=next")


@pytest.mark.parametrize("parts", [WAITING, *slow([(GATED,)])])
def test_a_run_with_a_state_of_its_parts_goes_on_with_the_very_same_state(tmp_path, parts):
    overrides = ("model=aiir", "model/base=actor_critic", *settings(printed("aiir"), **SMALL), *parts)
    overrides = (*overrides, "model.episodes_per_batch=4", "env_steps=200")
    whole = train(tmp_path / "whole", *overrides)
    cut(toy_config(*overrides), tmp_path / "cut", LastCheckpoint, "_save", 2)
    resumed = train(tmp_path / "cut", *overrides)
    assert_same_state(load_checkpoint(resumed.checkpoint_file), load_checkpoint(whole.checkpoint_file))
    assert_same_record(resumed, whole)


OVERFLOWING = (*OFF_POLICY, "env_steps=200", "evaluation.every=50")
"""The replay buffer overflows within a run."""


@pytest.fixture(scope="module")
def uninterrupted_off_policy(tmp_path_factory):
    return train(tmp_path_factory.mktemp("runs") / "run", *OVERFLOWING)


@pytest.mark.parametrize("file", [2, *slow([1])])
@pytest.mark.parametrize("place", ["write_new", "drop_others"])
def test_a_run_goes_on_with_its_replay_buffer(tmp_path, uninterrupted_off_policy, place, file):
    """Stop before a replay file is written, or between the checkpoint and the removal of old files."""
    config = toy_config(*OVERFLOWING)
    cut(config, tmp_path, replay_files, place, file)
    directory = open_run(config, tmp_path)
    fit(config, directory)
    assert_same_record(directory, uninterrupted_off_policy)


def test_a_run_stopped_between_replay_file_and_checkpoint_goes_on(tmp_path, uninterrupted_off_policy, monkeypatch):
    config, written = toy_config(*OVERFLOWING), []

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
    state = load_checkpoint(tmp_path / "checkpoints" / "last.ckpt")
    named = state["callbacks"]["LastCheckpoint"]["replay_files"]
    assert set(named) < {file.name for file in (tmp_path / "checkpoints" / "last.replay").iterdir()}
    directory = open_run(config, tmp_path)
    fit(config, directory)
    assert_same_record(directory, uninterrupted_off_policy)


def test_a_complete_run_keeps_no_episodes(uninterrupted_off_policy):
    assert not list((uninterrupted_off_policy.checkpoints / "last.replay").iterdir())


def test_a_pruned_run_keeps_no_episodes(tmp_path):
    config = toy_config(*OVERFLOWING)
    cut(config, tmp_path, LastCheckpoint, "_save", 2)
    directory = open_run(config, tmp_path)
    assert list(directory.checkpoints.glob("last.replay/*"))
    directory.mark_pruned()
    assert not fit(config, directory)
    assert not list(directory.checkpoints.glob("last.replay/*"))


def test_a_run_asks_for_the_space_of_its_replay_buffer_before_it_plays(tmp_path, monkeypatch):
    """At most 30 episodes of the greatest length; with a budget of 10 steps there are no more than ten."""
    config, asked = toy_config(*OVERFLOWING), []
    monkeypatch.setattr(checkpoint, "require_space", lambda path, megabytes, what: asked.append(megabytes))
    learner, _ = fresh(config)
    monkeypatch.setattr(type(learner.replay), "megabytes", 900.0)
    (tmp_path / "last.replay").mkdir()
    for budget in (200, 30, 10):
        checkpoint.require_space_for_replay(tmp_path / "last.ckpt", learner, budget)
    (tmp_path / "last.replay" / "0-20.pt").write_bytes(bytes(10**6))
    checkpoint.require_space_for_replay(tmp_path / "last.ckpt", learner, 200)
    learner.replay.saved = False
    checkpoint.require_space_for_replay(tmp_path / "last.ckpt", learner, 200)
    assert asked == [900, 900, 300, 899]


def test_a_buffer_that_does_not_fit_on_the_disk_ends_the_run_in_one_line(tmp_path, monkeypatch):
    config = toy_config(*OVERFLOWING)
    directory = open_run(config, tmp_path)
    monkeypatch.setattr(ReplayBuffer, "megabytes", 1e9)
    told = r"no disk space: the saved replay buffer \(model.replay.saved\) needs 1000000000 MB free"
    with pytest.raises(ConfigError, match=told):
        fit(config, directory)


def test_without_its_episodes_a_run_goes_on_and_warns(tmp_path, caplog):
    config = toy_config(*OVERFLOWING, "model.replay.saved=false")
    cut(config, tmp_path, LastCheckpoint, "_save", 2)
    assert not (tmp_path / "checkpoints" / "last.replay").exists()
    fit(config, open_run(config, tmp_path))
    assert "the checkpoint holds no episodes: the replay buffer fills anew" in caplog.text


def test_a_run_of_an_older_version_is_refused_in_a_line(tmp_path):
    """Their checkpoints had another format and another name."""
    directory = RunDirectory(tmp_path)
    directory.checkpoints.mkdir()
    directory.config_file.write_text("seed: 0\ntrainer: {accelerator: cpu, threads: 1, progress: true}\n")
    torch.save(
        {"learner": {}, "optimizers": {}, "actions": torch.zeros(1), "replay": []}, directory.checkpoints / "last.pt"
    )
    told = rf"^{directory.path} was begun by aiirmix 0\.1, whose checkpoints only that version can read"
    with pytest.raises(ConfigError, match=told):
        directory.open(toy_config())
    with pytest.raises(ConfigError, match=told):
        load_trained(directory)


@pytest.mark.slow
def test_a_run_survives_being_killed(tmp_path):
    """SIGKILL at random times, until the run is complete."""
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
    """Kill the run after some more evaluations and milliseconds; return whether it was still running."""
    wanted = evaluations_of(directory) + evaluations
    while process.poll() is None and evaluations_of(directory) < wanted:
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.3))
    process.kill()
    assert process.wait() in (0, -signal.SIGKILL)
    return process.returncode != 0


def evaluations_of(directory):
    return len(directory.metrics_file.read_text().splitlines()) if directory.metrics_file.exists() else 0
