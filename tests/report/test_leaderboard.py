"""The committed leaderboard stands, and an entry that does not is told why."""

from dataclasses import replace
from shutil import rmtree

import pytest
import yaml

from aiirmix.cli.main import main
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.launch.plan import plan
from aiirmix.report.evaluations import Origin, load, save
from aiirmix.report.leaderboard import board_table, check_board
from aiirmix.runs.config import configuration_hash
from tests.marks import slow
from tests.report.fake_runs import fake_run

SETTINGS = ["model=liir", "env.map=8m"]
BUDGET = 100
"""Of the fake runs."""
RIGHT = {
    "settings": SETTINGS,
    "evaluations": "evaluations.csv",
    "environment": f"skirmish-{SKIRMISH_VERSION}/8m",
    "trials": 0,
}


def planned(*others):
    [run] = plan([*SETTINGS, *others], multirun=False)
    return run


@pytest.fixture(scope="module")
def right():
    """An entry that stands beside the runs of `board`."""
    return {**RIGHT, "configuration": configuration_hash(planned().config)}


@pytest.fixture
def board(tmp_path, monkeypatch, right):
    """Write a leaderboard of one entry beside the evaluations of ten runs; return what the check finds."""
    monkeypatch.chdir(tmp_path)
    for seed in range(10):
        fake_run(tmp_path / "runs", [0.0, seed / 10], model="liir", map_label="8m", seed=seed)

    def check(entry, made_by=None):
        made_by = (
            configuration_hash(planned(f"env_steps={BUDGET}", f"evaluation.every={BUDGET}").config)
            if made_by is None
            else made_by
        )
        runs = [replace(run, origin=Origin(configuration=made_by)) for run in load(tmp_path / "runs")]
        save(runs, tmp_path / "evaluations.csv")
        (tmp_path / "leaderboard.yaml").write_text(yaml.safe_dump([entry]))
        return check_board(tmp_path / "leaderboard.yaml", tmp_path / "ledger.csv")

    return check


def test_the_committed_leaderboard_stands(capsys):
    assert main(["leaderboard"]) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert rows
    assert all(row.endswith(" | yes |") for row in rows)


def test_an_entry_with_everything_right_stands(board, right):
    [standing] = board(right)
    assert standing.faults == []
    assert standing.row is not None
    assert standing.row.seeds == 10
    assert float(standing.row.final.mean()) == pytest.approx(0.45)


@pytest.mark.parametrize(
    ("made_by", "fault"),
    [("0", "has runs of the configuration 0, not of model=liir"), ("", "were not recorded, not of ")],
)
def test_an_entry_with_the_runs_of_other_settings_does_not_stand(board, right, made_by, fault):
    [standing] = board(right, made_by)
    assert any(fault in one for one in standing.faults), standing.faults


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"configuration": "0"}, "configuration is 0, but model=liir env.map=8m gives "),
        ({"environment": "skirmish-1/8m"}, f"gives skirmish-{SKIRMISH_VERSION}/8m"),
        ({"trials": 3}, "trials is 3, but ledger.csv has 0 of liir"),
        ({"evaluations": "nothing.csv"}, "nothing.csv"),
        ({"settings": ["model=liir", "env.map=2s3z"]}, "has 0 complete runs of liir on 2s3z: it takes 10 seeds"),
        *slow(
            [
                ({"settings": ["model=liir", "env.map=8m", "model.gamma=0.5"]}, "configuration is "),
                ({"settings": ["model=liir", "env.map=8n"]}, "unknown map 8n; did you mean 8m?"),
            ]
        ),
    ],
)
def test_an_entry_that_does_not_stand_is_told_why(board, right, changes, fault):
    [standing] = board({**right, **changes})
    assert any(fault in one for one in standing.faults), standing.faults


def test_nine_seeds_are_not_enough_and_unfinished_runs_do_not_count(board, right, tmp_path):
    rmtree(tmp_path / "runs" / "liir" / "8m" / "seed=9")
    fake_run(tmp_path / "runs", [0.0, 0.9], model="liir", map_label="8m", seed=9, budget=200)
    [standing] = board(right)
    assert standing.faults == ["evaluations.csv has 9 complete runs of liir on 8m: it takes 10 seeds"]


def test_an_entry_of_other_values_stands_beside_a_study_of_its_model(board, right, tmp_path):
    """The kept results of a model were there before it was tuned."""
    text = "model,space,trials,seeds,steps,maps,best,commit,date\nliir,intrinsic,12,1,1000,8m,0.5,abc,2026-01-01\n"
    (tmp_path / "ledger.csv").write_text(text)
    assert board({**right, "trials": 12})[0].faults == []
    assert board({**right, "trials": 13})[0].faults == ["trials is 13, but ledger.csv has 12 of liir"]
    found = board(right)
    assert found[0].faults == []
    assert " | 0 of 12 | " in board_table(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1", "should be a list of entries"),
        ("- {setting: []}", "entry 1: unknown key setting; did you mean settings?"),
        ("- {settings: [], evaluations: a, configuration: b, environment: c, trials: 0}", "settings should be a list"),
        ("- {settings: [x=1], evaluations: a, configuration: b, environment: c, trials: no}", "should be a number"),
        ("- {settings: [x=1]}", "entry 1: evaluations must be given"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path, capsys, text, message):
    (tmp_path / "board.yaml").write_text(text)
    assert main(["leaderboard", "--file", str(tmp_path / "board.yaml")]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
