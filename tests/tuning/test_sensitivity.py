"""How much a model gains from tuning, on runs whose curves are a known function of their settings and maps."""

import csv
from pathlib import Path

import numpy as np
import pytest

from aiirmix.launch.compose import compose_run, configurations
from aiirmix.report.evaluations import Evaluations
from aiirmix.report.sensitivity_picture import Setting, draw
from aiirmix.runs.lookup import find_directories
from aiirmix.tuning.sensitivity import Sensitivity, read_spec
from tests.tuning.conftest import SPACE, training

COMMAND = "none env_steps=400 evaluation.every=100 env.map=8m,2s3z seed=0-1 --trials 3"


@pytest.fixture
def space(folder):
    (folder / "mine.yaml").write_text(SPACE)
    return "hydra.sweeper.space=mine.yaml"


@pytest.mark.slow
def test_settings_are_compared_on_fresh_seeds(tune, space, train_with):
    train_with(training(best={"8m": 0.001, "2s3z": 0.01}))
    answer = tune(f"{COMMAND} {space}", "sensitivity")
    assert answer.code == 0
    folder = Path("runs/sensitivity-env_steps-400-every-100")
    with (folder / "sensitivity.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["map"], row["settings"]) for row in rows] == [
        (name, kind) for name in ("8m", "2s3z") for kind in ("own settings", "tuned jointly", "tuned for the map")
    ]
    assert {row["seeds"] for row in rows} == {"2"}
    for own, _, each in (rows[:3], rows[3:]):
        assert float(own["gain"]) == 0
        assert float(each["area"]) >= float(own["area"])
        assert float(each["gain"]) == pytest.approx(float(each["area"]) - float(own["area"]), abs=1e-5)
    assert {directory.labels.seed for directory in find_directories(folder)} == {"0", "1"}
    assert (folder / "sensitivity.png").stat().st_size > 10_000
    before = sorted(Path("runs").rglob("metrics.csv"))
    assert tune(f"{COMMAND} {space}", "sensitivity").code == 0
    assert sorted(Path("runs").rglob("metrics.csv")) == before


@pytest.mark.slow
def test_the_metric_that_is_searched_by_is_drawn(tune, space, train_with):
    """All returns are 1 here, and no win rate is."""
    train_with(training())
    command = COMMAND.replace("--trials 3", "--trials 1")
    assert tune(f"{command} {space} hydra.sweeper.metric=test/return", "sensitivity").code == 0
    [file] = Path("runs").glob("*/sensitivity.csv")
    with file.open() as table:
        assert {float(row["area"]) for row in csv.DictReader(table)} == {1}


def test_the_title_names_the_metric():
    assert Sensitivity(read_spec(), ["none"], {}).title.startswith("Area under the win rate with")
    changed = Sensitivity(read_spec(), ["none"], {"hydra.sweeper.metric": "test/return"})
    assert changed.title.startswith("Area under the return with")


@pytest.mark.parametrize("key", ["hydra.launcher.n_jobs", "hydra.launcher.verbose"])
def test_a_setting_of_the_launcher_leaves_it_joblib(key):
    experiment = Sensitivity(read_spec(), ["none"], {key: "2"})
    with configurations():
        launcher = compose_run(experiment.launcher()).hydra.launcher
    assert "joblib" in launcher._target_
    assert launcher[key.rpartition(".")[2]] == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("env.map=8m", "sensitivity needs two maps at least"),
        ("seed=1000-1001", "seed 1000 is for tuning"),
        ("model.gama=1", "unknown key model.gama"),
    ],
)
def test_a_wrong_command_prints_one_line(tune, folder, space, change, message):
    answer = tune(f"{COMMAND} {space} {change}", "sensitivity")
    assert answer.code == 2
    assert message in answer.err
    assert answer.err.count("\n") == 1
    assert not Path("runs").exists()


def test_without_runs_of_the_own_settings_there_is_no_gain(tmp_path):
    steps, kinds = np.arange(3), ("own settings", "tuned jointly")
    wanted = {Setting("a", "8m", kind): [("a,x=1" if i else "a", "8m", "seed=0")] for i, kind in enumerate(kinds)}
    runs = [Evaluations("8m", "a,x=1", 0, steps, np.ones(3), np.ones(3))]
    draw(wanted, runs, "test/win_rate", "title", tmp_path / "x.png")
    with (tmp_path / "x.csv").open() as file:
        [row] = csv.DictReader(file)
    assert (row["settings"], row["area"], row["gain"], row["gain_low"]) == ("tuned jointly", "1", "", "")
