"""The table of an experiment, against numbers worked out by hand."""

import sys

import numpy as np
import pytest

from aiirmix.errors import ConfigError
from aiirmix.report.evaluations import Evaluations, load, save
from aiirmix.report.summary import main, markdown, summarise
from tests.report.fake_runs import fake_run

STEPS = np.arange(11) * 100


def run(win_rate, seed=0, model="aiir_mix", world="2s3z"):
    return Evaluations(world, model, seed, STEPS[: len(win_rate)], np.array(win_rate, float), np.zeros(len(win_rate)))


def test_final_averages_the_last_fifth_of_the_budget():
    (row,) = summarise([run([0] * 9 + [0.5, 1.0]), run([0] * 9 + [0.0, 0.5], seed=1)])
    assert row.final.tolist() == [0.75, 0.25]
    assert row.area == pytest.approx([1.5 / 11, 0.5 / 11])
    assert (row.seeds, row.env_steps) == (2, 1000)


def test_the_threshold_is_reached_by_the_smoothed_median_over_seeds():
    late, early, never = ([0] * k + [1] * (11 - k) for k in (7, 3, 11))
    (row,) = summarise([run(late), run(early, seed=1), run(never, seed=2)])
    assert row.best_median == 1.0
    assert row.reached == 800  # four of the five evaluations around it are won by the median seed
    (row,) = summarise([run(never), run(never, seed=1), run(early, seed=2)])
    assert row.reached is None


def test_a_run_that_has_not_got_as_far_shortens_the_comparison():
    (row,) = summarise([run([0] * 11), run([1] * 5, seed=1)])
    assert row.env_steps == 400


def test_models_and_maps_have_rows_of_their_own():
    rows = summarise([run([1.0] * 3, model=model, world=world) for world in ("2s3z", "8m") for model in ("a", "b")])
    assert [(row.world, row.model) for row in rows] == [("2s3z", "a"), ("2s3z", "b"), ("8m", "a"), ("8m", "b")]
    assert markdown(rows).count("\n") == 5


def test_a_saved_experiment_sums_up_to_the_same_table(tmp_path):
    fake_run(tmp_path / "x", [0.0, 0.3, 1.0])
    fake_run(tmp_path / "x", [0.1, 0.2, 0.9], seed=1)
    runs = load(tmp_path / "x")
    save(runs, tmp_path / "evaluations.csv")
    assert markdown(summarise(load(tmp_path / "evaluations.csv"))) == markdown(summarise(runs))


def test_different_environments_on_one_map_are_refused(tmp_path):
    fake_run(tmp_path / "x", [0.0, 0.3])
    fake_run(tmp_path / "x", [0.0, 0.3], model="liir", env__reward_sparse=True)
    with pytest.raises(ConfigError, match="must not be mixed: env"):
        load(tmp_path / "x")


def test_a_foreign_file_is_refused_in_one_line(tmp_path, monkeypatch):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    monkeypatch.setattr(sys, "argv", ["summary", str(tmp_path / "other.csv")])
    with pytest.raises(SystemExit, match="is no file of evaluations"):
        main()


def test_out_keeps_table_and_evaluations(tmp_path, monkeypatch, capsys):
    fake_run(tmp_path / "x", [0.0, 0.5, 1.0])
    monkeypatch.setattr(sys, "argv", ["summary", str(tmp_path / "x"), "--out", str(tmp_path / "kept")])
    main()
    assert (tmp_path / "kept" / "summary.md").read_text() == capsys.readouterr().out
    assert len((tmp_path / "kept" / "evaluations.csv").read_text().splitlines()) == 4
