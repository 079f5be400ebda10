"""`aiirmix evaluate` plays fresh episodes and reports them, or answers in one line what is wrong."""

import csv
import shutil
import sys

import pytest

from aiirmix.cli.main import main
from aiirmix.data.collector import Collector, episode_seeds
from aiirmix.evaluation.trained_run import load_trained
from tests.training.toy_runs import train


@pytest.fixture(scope="module")
def credit(tmp_path_factory):
    """Train QMIX on a toy environment for a short time."""
    path = tmp_path_factory.mktemp("runs") / "name" / "qmix" / "credit" / "seed=0"
    return train(path, "model=qmix", "env_steps=100")


def test_fresh_episodes_are_played_and_written(credit, tmp_path, capsys):
    out = tmp_path / "deep" / "episodes.csv"
    assert main(["evaluate", str(credit.path), "--episodes", "40", "--seed", "7", "--out", str(out)]) == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    trained = load_trained(credit)
    expected = Collector(trained.env).collect(trained.learner.policy, episode_seeds(7, "fresh", 0, 40))
    assert sorted(float(row["return"]) for row in rows) == pytest.approx(sorted(expected.returns.tolist()))
    output = capsys.readouterr().out
    assert f"{expected.returns.mean():.3f}" in output
    assert "qmix on toy/credit after" in output
    assert output.split("agreement")[1].split()[0] == "1.000"
    low, high = output.split("return")[1].split("[")[1].split("]")[0].split(", ")
    assert float(low) < expected.returns.mean() < float(high)


def test_an_environment_of_another_folder_is_named(tmp_path, monkeypatch, capsys):
    (tmp_path / "my_module.py").write_text("from tests.toys import CreditGame as Game")
    with monkeypatch.context() as there:
        there.syspath_prepend(tmp_path)
        run = train(tmp_path / "run", "model=none", "env_steps=100", env={"_target_": "my_module.Game", "steps": 5})
    sys.modules.pop("my_module")
    assert main(["evaluate", str(run.path), "--episodes", "1"]) == 2
    assert "needs the module my_module: type the command in the folder of that module" in capsys.readouterr().err
    (tmp_path / "my_module.py").write_text("import another_module")
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["evaluate", str(run.path), "--episodes", "1"]) == 2
    assert "this version cannot load" in capsys.readouterr().err


def test_a_run_that_was_moved_keeps_its_model(credit, tmp_path, capsys):
    shutil.copytree(credit.path, tmp_path / "best")
    assert main(["evaluate", str(tmp_path / "best"), "--episodes", "1"]) == 0
    assert "qmix on toy/credit after" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (["nowhere"], "there is no directory nowhere"),
        (["."], "is not a run"),
        ([".", "--episodes", "0"], "--episodes must be at least 1, not 0"),
        ([".", "--seed", "-1"], "--seed must be at least 0, not -1"),
        ([], "required: run; see --help"),
    ],
)
def test_a_wrong_command_is_answered_in_one_line(arguments, output, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", *arguments]) == 2
    error = capsys.readouterr().err
    assert output in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
