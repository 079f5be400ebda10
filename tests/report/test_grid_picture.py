"""Curves of several metrics, with a row of panels for each setting."""

import csv

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.report.evaluations import read
from aiirmix.report.grid_picture import grid_picture
from aiirmix.report.style import model_styles
from aiirmix.runs.recorded import find_runs
from tests.report.fake_runs import fake_run

COLUMNS = {"test/return": "test return", "credit/correlation": "credit"}
ROWS = {"actor.share_parameters=True": "shared", "actor.share_parameters=False": "an actor each"}
LINES = {"aiir,balance=balanced": "attention"}


@pytest.fixture
def runs(tmp_path):
    for model in ("none", "aiir,balance=balanced"):
        for shared in ("True", "False"):
            for seed in range(2):
                choice, *changes = model.split(",")
                label = ",".join([choice, f"actor.share_parameters={shared}", *changes])
                directory = fake_run(tmp_path / "x", [0.0, 0.5, 1.0], label, "credit", seed)
                credit = "0.25" if choice == "aiir" else ""
                rows = [f"{100 * i},{i + seed},0.0,{credit if i else ''}\n" for i in range(3)]
                header = "env_steps,test/return,test/win_rate,credit/correlation\n"
                (directory / "metrics.csv").write_text(header + "".join(rows))
    return find_runs(tmp_path / "x")


def test_the_curves_are_drawn_and_kept(runs, tmp_path):
    grid_picture(read(runs), tmp_path / "grid.svg", "a title", ROWS, COLUMNS, LINES)
    text = (tmp_path / "grid.svg").read_text()
    assert all(word in text for word in ("a title", "credit", "an actor each", "attention", "no intrinsic"))
    with (tmp_path / "grid.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    returns = [row for row in rows if row["metric"] == "test/return" and row["model"].startswith("none")]
    assert [(row["env_steps"], float(row["mean"])) for row in returns[:3]] == [("0", 0.5), ("100", 1.5), ("200", 2.5)]
    credit = [row for row in rows if row["metric"] == "credit/correlation"]
    assert {row["model"].partition(",")[0] for row in credit} == {"aiir"}
    assert [row["env_steps"] for row in credit[:2]] == ["100", "200"]


def test_a_row_may_lack_the_first_metric(runs, tmp_path):
    controls = [run for run in read(runs) if run.model.startswith("none")]
    columns = dict(reversed(COLUMNS.items()))
    grid_picture(controls, tmp_path / "grid.svg", "a title", ROWS, columns, LINES)
    assert "an actor each" in (tmp_path / "grid.svg").read_text()


def test_without_evaluations_there_is_nothing_to_draw(tmp_path):
    fake_run(tmp_path / "x", [], budget=10)
    with pytest.raises(ConfigError, match="has been evaluated yet"):
        grid_picture(read(find_runs(tmp_path / "x")), tmp_path / "x" / "grid.svg", "", {}, COLUMNS, {})


def test_several_maps_have_rows_of_their_own(tmp_path):
    for map_label in ("8m,reward_sparse=True", "2s3z,reward_sparse=True"):
        fake_run(tmp_path / "x", [0.0, 0.5, 1.0], "none,update=single", map_label, 0)
    rows, columns = {"update=single": "one step"}, {"test/win_rate": "win rate"}
    grid_picture(read(find_runs(tmp_path / "x")), tmp_path / "grid.svg", "a title", rows, columns, {})
    text = (tmp_path / "grid.svg").read_text()
    assert all(text.count(word) == 1 for word in ("<!-- 2s3z, -->", "<!-- 8m, -->"))
    assert text.count("one step") == 2


def test_thirty_lines_look_different():
    styles = model_styles([f"model_{number}" for number in range(30)])
    assert len({(style.colour, style.dashes) for name, style in styles.items() if name.startswith("model_")}) == 30
