"""The exported JSON has marl-eval's layout and the numbers of the runs."""

import csv
import json

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.report.export import export
from aiirmix.runs.recorded import find_runs
from tests.report.fake_runs import fake_run, run_command
from tests.training.toy_runs import train


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """Train two seeds of one model, with fresh episodes at the end, and one run with a changed setting."""
    folder = tmp_path_factory.mktemp("runs") / "name"
    for seed in (0, 1):
        train(folder / "none" / "credit" / f"seed={seed}", "model=none", f"seed={seed}", "evaluation.final_episodes=6")
    changed = ("model=none", "model.gamma=0.9", "evaluation.final_episodes=6")
    train(folder / "none,gamma=0.9" / "credit" / "seed=0", *changed)
    return folder


def test_every_level_of_the_layout_is_there(experiment):
    exported = export(find_runs(experiment))
    assert set(exported) == {"toy"}
    assert set(exported["toy"]) == {"credit"}
    assert set(exported["toy"]["credit"]) == {"none", "none gamma=0.9"}
    assert set(exported["toy"]["credit"]["none"]) == {"seed_0", "seed_1"}
    for seeds in exported["toy"]["credit"].values():
        for run in seeds.values():
            steps = {name: step for name, step in run.items() if name != "absolute_metrics"}
            assert list(steps) == [f"step_{i}" for i in range(4)]
            assert [step["step_count"] for step in steps.values()] == [0, 100, 200, 300]
            assert all(len(step[metric]) == 4 for step in steps.values() for metric in ("return", "win_rate"))
            assert {name: len(values) for name, values in run["absolute_metrics"].items()} == {
                "return": 6,
                "win_rate": 6,
            }


def test_the_numbers_are_those_of_the_evaluations(experiment):
    run = export(find_runs(experiment))["toy"]["credit"]["none"]["seed_1"]
    with (experiment / "none" / "credit" / "seed=1" / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for index, row in enumerate(rows):
        step = run[f"step_{index}"]
        assert sum(step["return"]) / 4 == pytest.approx(float(row["test/return"]))
        assert sum(step["win_rate"]) / 4 == pytest.approx(float(row["test/win_rate"]))


def test_the_command_writes_json(experiment, tmp_path, capsys):
    out = tmp_path / "results.json"
    assert run_command(capsys, "export", experiment, "--out", out) == (0, f"{out}\n", "")
    assert json.loads(out.read_text()) == export(find_runs(experiment))


def test_pruned_runs_are_left_out_and_seeds_for_tuning_refused(tmp_path):
    fake_run(tmp_path / "x", [0.5, 0.5], seed=1000)
    pruned = fake_run(tmp_path / "y", [0.5, 0.5], seed=1)
    (pruned / "PRUNED").touch()
    with pytest.raises(ConfigError, match=r"^seed 1000 is for tuning"):
        export(find_runs(tmp_path / "x"))
    with pytest.raises(ConfigError, match=r"^no run has been evaluated yet$"):
        export(find_runs(tmp_path / "y"))


def test_runs_with_different_numbers_of_evaluations_are_refused(experiment):
    runs = find_runs(experiment)
    runs[1].rows.pop()
    with pytest.raises(ConfigError, match=r"equally many evaluations: .*seed=0 has 4, .*seed=\d has 3"):
        export(runs)
