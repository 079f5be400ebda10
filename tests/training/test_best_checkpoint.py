"""The model of the best evaluation is kept and tested on fresh episodes, beside the final one."""

import json
import logging
import shutil
from functools import partial
from pathlib import Path

import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.learners.actor_critic import ActorCritic
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.heartbeat import heartbeat
from aiirmix.runs.recorded import find_runs
from aiirmix.training.checkpoint import LastCheckpoint
from aiirmix.training.fit import fit
from tests.report.fake_runs import fake_run
from tests.training.toy_runs import cut, open_run, toy_config, train

FRESH = ("evaluation.final_episodes=20", "seed=30")
SHORTER = ("env_steps=200", "model.lr_schedules.actor.steps=300")
"""The budget of the evaluation that is the best with this seed, with the learning rates of the whole run."""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train(tmp_path_factory.mktemp("runs") / "run", *FRESH)


def test_the_best_evaluation_has_the_highest_win_rate_and_then_the_highest_return(run):
    rows = [(float(row["test/win_rate"]), float(row["test/return"])) for row in Table(run.metrics_file).rows()]
    assert max(range(4), key=rows.__getitem__) == 2
    assert rows[2][0] == rows[1][0]
    assert {row["env_steps"] for row in Table(run.best_file).rows()} == {"200"}


def test_its_model_plays_as_the_final_one_of_a_run_that_ends_there(run, tmp_path):
    shorter = train(tmp_path, *FRESH, *SHORTER)
    assert run.best_file.read_bytes() == shorter.absolute_file.read_bytes()
    assert run.best_file.read_bytes() != run.absolute_file.read_bytes()


def test_equally_good_evaluations_leave_the_first(tmp_path):
    config = toy_config(*FRESH)
    directory = open_run(config, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aiirmix.learners.base.Interval.summary", lambda _: {"test/win_rate": 0.5, "test/return": 1.0})
        fit(config, directory)
    assert {row["env_steps"] for row in Table(directory.best_file).rows()} == {"0"}


@pytest.mark.parametrize(("owner", "name", "call"), [(ActorCritic, "validation_step", 3), (LastCheckpoint, "_save", 2)])
def test_a_resumed_run_has_the_same(run, tmp_path, owner, name, call):
    """The second is stopped between the best checkpoint and the one that the run goes on from."""
    cut(toy_config(*FRESH), tmp_path, owner, name, call)
    directory = open_run(toy_config(*FRESH), tmp_path)
    fit(toy_config(*FRESH), directory)
    assert directory.best_file.read_bytes() == run.best_file.read_bytes()
    assert directory.absolute_file.read_bytes() == run.absolute_file.read_bytes()


def test_the_final_model_stays_the_learners(tmp_path):
    """After the best model has played, the learner has its final networks again."""
    learners = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ActorCritic, "save_hyperparameters", lambda self, *_: learners.append(self))
        directory = train(tmp_path, *FRESH)
    final = torch.load(directory.checkpoint_file, weights_only=True)["state_dict"]
    torch.testing.assert_close(learners[0].state_dict(), final, rtol=0, atol=0)


def test_the_heartbeat_does_not_run_backwards(tmp_path, monkeypatch):
    beats = []
    monkeypatch.setattr("aiirmix.training.recorder.heartbeat", partial(heartbeat, every=0.001))
    monkeypatch.setattr("aiirmix.runs.heartbeat.atomic_write", lambda _, text: beats.append(json.loads(text)))
    train(tmp_path, *FRESH)
    reached = [beat["env_steps"] for beat in beats]
    assert reached == sorted(reached)
    assert reached[-1] >= 300


def test_a_run_without_its_best_checkpoint_still_ends(tmp_path, caplog):
    directory = train(tmp_path, *FRESH)
    directory.best_file.unlink()
    directory.best_checkpoint_file.unlink()
    with caplog.at_level(logging.WARNING):
        assert fit(toy_config(*FRESH), directory)
    assert not directory.best_file.exists()
    assert f"there is no file {directory.best_checkpoint_file}; the model of the best evaluation" in caplog.text


def test_a_checkpoint_of_another_evaluation_is_not_taken_for_the_best(run, tmp_path, caplog):
    directory = RunDirectory(Path(shutil.copytree(run.path, tmp_path / "run")))
    directory.best_file.unlink()
    shutil.copy(directory.checkpoint_file, directory.best_checkpoint_file)
    with caplog.at_level(logging.WARNING):
        fit(toy_config(*FRESH), directory)
    assert not directory.best_file.exists()
    assert "the best evaluation is of 200" in caplog.text


def test_a_run_that_begins_anew_plays_its_fresh_episodes_anew(run, tmp_path):
    directory = RunDirectory(Path(shutil.copytree(run.path, tmp_path / "run")))
    expected = directory.best_file.read_bytes()
    directory.best_file.write_text(directory.absolute_file.read_text())
    shutil.rmtree(directory.checkpoints)
    fit(toy_config(*FRESH), open_run(toy_config(*FRESH), directory.path))
    assert directory.best_file.read_bytes() == expected


@pytest.mark.parametrize("name", ["absolute.csv", "best.csv"])
def test_damaged_fresh_episodes_are_refused_in_one_line(tmp_path, name):
    directory = fake_run(tmp_path / "x", [0.0, 0.5], evaluation__final_episodes=2)
    (directory / name).write_text("env_steps,return,steps\n100,1.0,9\n100,1.0,9\n")
    with pytest.raises(ConfigError, match=f"{name} is damaged"):
        find_runs(tmp_path / "x")


def test_no_best_model_is_kept_where_the_protocol_has_no_fresh_episodes(tmp_path):
    directory = train(tmp_path)
    assert not directory.best_checkpoint_file.exists()
    assert not directory.best_file.exists()


def test_its_win_rate_and_the_time_of_the_run_are_read(tmp_path):
    directory = fake_run(tmp_path / "x", [0.0, 0.5])
    (directory / "best.csv").write_text("env_steps,return,steps,won\n" + "0,1.0,9,1\n" * 3 + "0,0.0,9,0\n")
    columns = "env_steps,played,seconds,collecting,learning,testing,cpu_seconds"
    (directory / "timing.csv").write_text(f"{columns}\n50,50,4.0,1.0,2.0,1.0,3.0\n100,50,5.0,1.0,3.0,1.0,3.5\n")
    (found,) = find_runs(tmp_path / "x")
    assert found.best_win_rate() == 0.75
    assert found.absolute_win_rate() is None
    assert found.seconds() == {"seconds": 9.0, "cpu_seconds": 6.5}
