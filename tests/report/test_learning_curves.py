"""Learning curves are the averages that can be worked out by hand."""

import csv
from itertools import product

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.report.evaluations import load
from aiirmix.report.learning_curves import default_width, learning_curves, write_curves
from tests.report.fake_runs import fake_run


@pytest.fixture
def experiment(tmp_path):
    return tmp_path / "paper"


def curves_of(experiment, width=1):
    return learning_curves(load(experiment), width)


def test_a_curve_is_the_mean_over_its_seeds(experiment):
    fake_run(experiment, [0.0, 0.2, 0.4], seed=0)
    fake_run(experiment, [0.2, 0.2, 1.0], seed=1)
    [curve] = curves_of(experiment)
    assert (curve.model, curve.map_label, len(curve.seeds)) == ("aiir_mix", "2s3z", 2)
    np.testing.assert_array_equal(curve.env_steps, [0, 100, 200])
    np.testing.assert_allclose(curve.mean, [0.1, 0.2, 0.7])


def test_the_interval_of_two_seeds_spans_them(experiment):
    """A quarter of the resamples draw one seed twice and a quarter the other, more than the tails of 2.5 %."""
    fake_run(experiment, [0.0, 0.2], seed=0)
    fake_run(experiment, [0.2, 0.3], seed=1)
    [curve] = curves_of(experiment)
    np.testing.assert_allclose(curve.interval, [[0.0, 0.2], [0.2, 0.3]])


def test_a_single_seed_has_no_interval(experiment):
    fake_run(experiment, [0.0, 0.5])
    [curve] = curves_of(experiment)
    assert curve.interval is None
    np.testing.assert_allclose(curve.mean, [0.0, 0.5])


def test_the_mean_ends_where_the_shortest_seed_ends(experiment):
    fake_run(experiment, [0.0, 0.2, 0.4, 0.6], seed=0)
    fake_run(experiment, [0.2, 0.4], seed=1, budget=300)
    [curve] = curves_of(experiment)
    np.testing.assert_allclose(curve.mean, [0.1, 0.3])
    assert [len(seed.values) for seed in curve.seeds] == [4, 2]


def test_each_model_on_each_map_has_a_curve(experiment):
    pairs = list(product(("2s3z", "8m"), ("aiir_mix", "aiir_mix,similarity=dot", "liir")))
    for map_label, model in pairs:
        fake_run(experiment, [0.5], model=model, map_label=map_label)
    assert [(curve.map_label, curve.model) for curve in curves_of(experiment)] == pairs


def test_evaluations_are_averaged_before_seeds(experiment):
    fake_run(experiment, [0.0, 0.3, 0.6, 0.0])
    [curve] = curves_of(experiment, width=3)
    np.testing.assert_allclose(curve.mean, [0.15, 0.3, 0.3, 0.3])


@pytest.mark.parametrize(("evaluations", "width"), [(1, 1), (99, 1), (101, 2), (401, 8)])
def test_long_curves_are_smoothed(experiment, evaluations, width):
    fake_run(experiment, [0.5], seed=0)
    fake_run(experiment, [0.5] * evaluations, seed=1)
    assert default_width(load(experiment)) == width


def test_the_csv_file_has_the_numbers_of_the_picture(experiment):
    fake_run(experiment, [0.0, 0.5], model="liir", map_label="8m")
    fake_run(experiment, [0.0, 0.5], seed=0)
    fake_run(experiment, [0.5, 1.0], seed=1)
    write_curves(curves_of(experiment), experiment / "curves.csv")
    with (experiment / "curves.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["map", "model", "metric", "seeds", "env_steps", "mean", "low", "high"],
        ["2s3z", "aiir_mix", "test/win_rate", "2", "0", "0.25", "0.0", "0.5"],
        ["2s3z", "aiir_mix", "test/win_rate", "2", "100", "0.75", "0.5", "1.0"],
        ["8m", "liir", "test/win_rate", "1", "0", "0.0", "", ""],
        ["8m", "liir", "test/win_rate", "1", "100", "0.5", "", ""],
    ]


@pytest.mark.parametrize(
    ("difference", "message"),
    [
        ({"env__move_amount": 3}, "env.move_amount is 3 and absent"),
        ({"env__map": "3m"}, "env.map is 3m and 2s3z"),
        ({"model__gamma": 0.9}, "model.gamma is 0.9 and 0.99"),
        ({"evaluation__episodes": 32}, "evaluation.episodes is 32 and 20"),
    ],
)
def test_seeds_of_different_settings_are_not_averaged(experiment, difference, message):
    one, another = fake_run(experiment, [0.5], seed=0, **difference), fake_run(experiment, [0.5], seed=1)
    with pytest.raises(ConfigError) as refused:
        curves_of(experiment)
    assert str(refused.value) == f"{one} and {another} must not be mixed: {message}"


def test_models_in_different_environments_are_not_compared(experiment):
    fake_run(experiment, [0.5], model="aiir_mix", env__move_amount=1)
    fake_run(experiment, [0.5], model="liir", env__move_amount=2)
    with pytest.raises(ConfigError, match=r"env\.move_amount is 1 and 2"):
        curves_of(experiment)


def test_different_models_and_maps_may_have_different_settings(experiment):
    fake_run(experiment, [0.5], model="aiir_mix", model__gamma=0.9)
    fake_run(experiment, [0.5], model="liir")
    fake_run(experiment, [0.5], map_label="8m", env__move_amount=2)
    assert len(curves_of(experiment)) == 3


def test_different_budgets_and_loggers_may_be_averaged(experiment):
    fake_run(experiment, [0.5, 0.5], seed=0, logger__wandb="online")
    fake_run(experiment, [0.5], seed=1)
    assert len(curves_of(experiment)) == 1


def test_experiments_are_not_mixed(tmp_path):
    for name in ("paper", "quick"):
        fake_run(tmp_path / name, [0.5])
    with pytest.raises(ConfigError, match="several experiments: paper, quick; choose one"):
        curves_of(tmp_path)
