"""Callbacks and trainer settings that people know from Lightning work in a run."""

import logging
import re

import pytest
import torch
from pytorch_lightning import Callback
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint

from aiirmix.runs.csv_table import Table
from aiirmix.training.checkpoint import load_checkpoint
from aiirmix.training.data_module import battles_of
from aiirmix.training.fit import fit
from aiirmix.training.progress import Progress
from tests.training.toy_runs import open_run, toy_config, train

LINES = "+logger.lines={_target_: pytorch_lightning.loggers.CSVLogger, name: lines}"


MONITOR = "+callbacks.rates={_target_: pytorch_lightning.callbacks.LearningRateMonitor, logging_interval: epoch}"


def lines_of(directory):
    return Table(directory.path / "lines" / "version_0" / "metrics.csv").rows()


def callback(name, **arguments):
    """Return the setting that adds a callback."""
    inside = "".join(f", {key}: {value}" for key, value in arguments.items())
    return f"+callbacks.mine={{_target_: {name}{inside}}}"


def test_a_callback_of_lightning_logs_against_env_steps(tmp_path):
    directory = train(tmp_path, LINES, MONITOR)
    rates = [(row["step"], float(row["lr-Adam"])) for row in lines_of(directory) if row.get("lr-Adam")]
    assert [step for step, _ in rates] == ["0", "100", "200"]
    assert rates[0][1] > rates[1][1] > rates[2][1] > 0


class Watcher(Callback):
    """Note what a user's own callback finds in Lightning's hooks."""

    def __init__(self):
        self.steps = 0

    def on_train_epoch_end(self, trainer, pl_module):
        battles = battles_of(trainer)
        with open(f"{trainer.default_root_dir}/watched", "a") as file:
            file.write(f"{battles.budget} {battles.evaluated_at} {battles.env.spec.name} {trainer.global_step}\n")

    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        self.steps += 1

    def state_dict(self):
        return {"steps": self.steps}


def test_a_callback_of_ones_own_finds_the_run_in_the_trainer(tmp_path):
    directory = train(tmp_path, callback(f"{__name__}.Watcher"))
    lines = [line.split() for line in (directory.path / "watched").read_text().splitlines()]
    assert [line[:2] for line in lines] == [["300", "100"], ["300", "200"], ["300", "300"]]
    state = load_checkpoint(directory.checkpoint_file)
    assert state["callbacks"]["Watcher"]["steps"] == int(lines[-1][-1]) > 0


@pytest.mark.slow
def test_the_best_model_can_be_kept_by_the_callback_that_people_know(tmp_path):
    mine = callback(
        "pytorch_lightning.callbacks.ModelCheckpoint",
        **{"monitor": "test/return", "mode": "max", "dirpath": tmp_path / "best", "filename": "best"},
    )
    directory = train(tmp_path / "run", mine)
    best = max(float(row["test/return"]) for row in Table(directory.metrics_file).rows()[1:])
    state = torch.load(tmp_path / "best" / "best.ckpt", weights_only=True)
    [kept] = [value for key, value in state["callbacks"].items() if key.startswith(ModelCheckpoint.__name__)]
    assert float(kept["best_model_score"]) == pytest.approx(best)


def test_callbacks_do_not_change_the_numbers(tmp_path):
    plain = train(tmp_path / "plain")
    watched = train(tmp_path / "watched", LINES, MONITOR)
    assert watched.metrics_file.read_bytes() == plain.metrics_file.read_bytes()


def test_a_run_that_a_callback_stops_is_not_over(tmp_path):
    mine = callback(
        "pytorch_lightning.callbacks.EarlyStopping", monitor="test/return", stopping_threshold="-1.0", mode="max"
    )
    config = toy_config(mine)
    directory = open_run(config, tmp_path)
    assert not fit(config, directory)
    assert [row["env_steps"] for row in Table(directory.metrics_file).rows()] == ["0", "100"]
    assert EarlyStopping.__name__ in str(load_checkpoint(directory.checkpoint_file)["callbacks"].keys())


def test_a_run_pauses_after_its_time_and_goes_on_with_more(tmp_path):
    """The time counts for all parts of the run together."""
    whole = train(tmp_path / "whole")
    config = toy_config("trainer.max_time='00:00:00:00'")
    directory = open_run(config, tmp_path / "run")
    assert not fit(config, directory)
    assert len(Table(directory.metrics_file).rows()) < 4
    more = toy_config("trainer.max_time='00:01:00:00'")
    assert fit(more, open_run(more, directory.path))
    assert directory.metrics_file.read_bytes() == whole.metrics_file.read_bytes()


def test_a_profiler_reports_to_the_log(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        train(tmp_path, "trainer.profiler=simple", "env_steps=100")
    assert re.search(r"run_training_batch\s*\|", caplog.text)
    assert re.search(r"optimizer_step", caplog.text)


@pytest.mark.slow
def test_trainer_settings_that_only_watch_do_not_change_the_numbers(tmp_path):
    plain = train(tmp_path / "plain", "env_steps=100")
    watching = ("trainer.detect_anomaly=true", "trainer.deterministic=warn", "trainer.enable_model_summary=true")
    watched = train(tmp_path / "watched", "env_steps=100", *watching)
    assert watched.metrics_file.read_bytes() == plain.metrics_file.read_bytes()


@pytest.mark.parametrize("shown", [True, False])
def test_the_bar_is_drawn_where_it_is_wanted(tmp_path, monkeypatch, capsys, shown):
    monkeypatch.setattr(Progress, "on_exception", None)
    train(tmp_path, f"trainer.enable_progress_bar={str(shown).lower()}", "env_steps=100")
    assert ("100 of 100 env steps" in capsys.readouterr().err) == shown


def test_the_last_state_of_the_bar_has_the_win_rate_of_the_last_evaluation(tmp_path, capsys):
    directory = train(tmp_path, "trainer.enable_progress_bar=true", "env_steps=200", "seed=2")
    *_, before, last = (float(row["test/win_rate"]) for row in Table(directory.metrics_file).rows())
    assert before != last
    assert re.findall(r"200 of 200 env steps.*win rate (\S+)", capsys.readouterr().err)[-1] == f"{last:.2f}"
