"""Effects against a control, against numbers worked out by hand."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.report.effects import control_of, effects
from aiirmix.report.effects_picture import effects_picture
from aiirmix.report.effects_table import markdown_table
from aiirmix.report.evaluations import RETURN, WIN_RATE, Evaluations
from tests.report.fake_runs import fake_run, run_command

STEPS = np.arange(11) * 100


def runs(model, levels, map_label="8m", **diagnostics):
    """Return runs, each with a constant win rate."""
    columns = {name: np.full(11, value) for name, value in diagnostics.items()}
    return [
        Evaluations(map_label, model, seed, STEPS, np.full(11, level), np.zeros(11), budget=1000, diagnostics=columns)
        for seed, level in enumerate(levels)
    ]


def test_an_effect_is_a_difference_of_means_and_a_probability_of_improvement():
    (row,) = effects(runs("aiir_mix", [0.5, 0.9]) + runs("none", [0.4, 0.5, 0.6]), "none")
    assert (row.map_label, row.model, row.control, row.runs, row.env_steps) == ("8m", "aiir_mix", "none", (2, 3), 1000)
    assert row.final.value == row.area.value == pytest.approx(0.2)
    assert row.improvement.value == pytest.approx((1 + 0.5 + 0 + 3) / 6)
    assert np.isnan([row.fraction, row.credit]).all()
    assert not row.inert


def test_its_interval_is_that_of_both_samples():
    """A quarter of the resamples have each of the extremes."""
    (row,) = effects(runs("aiir_mix", [0.5, 0.5]) + runs("none", [0.4, 0.6]), "none")
    assert row.area.interval
    assert row.improvement.interval
    assert tuple(row.area.interval) == pytest.approx((-0.1, 0.1))
    assert [float(end) for end in row.improvement.interval] == [0, 1]


@pytest.mark.parametrize("controls", [[0.4], [0.3, 0.5]])
def test_where_there_is_a_single_run_there_is_no_interval(controls):
    (row,) = effects(runs("aiir_mix", [0.5]) + runs("none", controls), "none")
    assert (row.final.interval, row.area.interval, row.improvement.interval) == (None, None, None)
    assert f"| 1 v. {len(controls)} | 1,000 | win rate | +0.10 | +0.10 |" in markdown_table([row])


TWO_MAPS = [*runs("a", [0.5] * 4), *runs("a", [0.9], "2s3z"), *runs("none", [0.4]), *runs("none", [0.2] * 3, "2s3z")]


def test_over_several_maps_each_counts_the_same():
    found = effects(TWO_MAPS, "none")
    assert [row.map_label for row in found] == ["2s3z", "8m", "2 maps"]
    assert [row.area.value for row in found] == pytest.approx([0.7, 0.1, 0.4])
    assert found[-1].runs == (5, 4)


def test_returns_and_changed_environments_do_not_count_among_all_maps():
    sparse = [run for model in ("a", "none") for run in runs(model, [0.5], "8m,reward_sparse=True")]
    returns = [replace(run, returns=run.returns + 3) for model in ("a", "none") for run in runs(model, [0.0], "MMM")]
    found = effects([*TWO_MAPS, *sparse, *returns], "none")
    assert [row.map_label for row in found] == ["2s3z", "8m", "8m,reward_sparse=True", "MMM", "2 maps"]
    assert found[-1].area.value == pytest.approx(0.4)


def test_all_pairs_on_a_map_compare_one_metric():
    """Win rates where any run on the map has won; the wins of one model do not decide for its own pair only."""
    some = [*runs("a", [0.0]), *runs("b", [0.5]), *runs("none", [0.0])]
    lost = [replace(run, map_label="MMM") for run in some if run.model != "b"]
    found = effects([*some, *lost], "none")
    assert [(row.map_label, row.model, row.metric) for row in found] == [
        ("8m", "a", WIN_RATE),
        ("MMM", "a", RETURN),
        ("8m", "b", WIN_RATE),
    ]
    assert {row.metric for row in effects([*some, *lost], "none", RETURN)} == {RETURN}


def test_runs_that_have_not_used_their_budget_do_not_count():
    begun = replace(runs("a", [0.0])[0], seed=9, budget=2000)
    (row,) = effects([*runs("a", [0.5] * 4), begun, *runs("none", [0.4] * 5)], "none")
    assert row.runs == (4, 5)
    assert row.area.value == pytest.approx(0.1)


def test_inert_on_one_map_is_inert_on_all():
    def model(fraction, name):
        return runs("a", [0.5], name, **{"rewards/fraction_of_advantage": fraction, "r_in/zealot/std": 1.0})

    both = [*model(0.3, "2s3z"), *model(0.001, "8m")]
    found = effects([*both, *runs("none", [0.4]), *runs("none", [0.4], "2s3z")], "none")
    assert [row.inert for row in found] == [False, True, True]


@pytest.mark.parametrize(
    ("label", "control"),
    [
        ("aiir_mix", "none"),
        ("aiir_mix,balance=gated", "none"),
        ("aiir_mix,balance=gated,update=clipped", "none,update=clipped"),
        ("liir,actor.share_parameters=False,intrinsic.inputs=-obs-", "none,actor.share_parameters=False"),
    ],
)
def test_the_control_has_the_settings_of_the_model_that_controls_have(label, control):
    assert control_of(label, "none", {"update", "actor.share_parameters"}) == control


def test_a_model_is_compared_with_no_control_of_other_settings():
    """Without a control with the model's update, there is no effect, not one against another update."""
    both = runs("none", [0.1]) + runs("none,update=single", [0.2])
    found = effects([*both, *runs("aiir_mix,update=single", [0.5]), *runs("aiir_mix,update=clipped", [0.9])], "none")
    assert [(row.model, row.control) for row in found] == [("aiir_mix,update=single", "none,update=single")]
    assert found[0].area.value == pytest.approx(0.3)


def test_engagement_and_credit_stand_beside_the_effect():
    engaged = {"rewards/fraction_of_advantage": 0.2, "credit/correlation": 0.6, "r_in/zealot/std": 1.0}
    inert = engaged | {"rewards/fraction_of_advantage": 0.001}
    found = effects([*runs("a", [0.5], **engaged), *runs("b", [0.5], **inert), *runs("none", [0.5])], "none")
    assert [row.fraction for row in found] == pytest.approx([0.2, 0.001])
    assert [row.credit for row in found] == pytest.approx([0.6, 0.6])
    assert [row.inert for row in found] == [False, True]
    table = markdown_table(found)
    assert "| +0.00 | 0.50 | 0.200 | 0.600 |" in table
    assert "| 0.001 (inert) | 0.600 |" in table


def test_a_model_without_intrinsic_reward_shows_no_engagement():
    nothing = {"rewards/fraction_of_advantage": 0.0, "credit/correlation": 0.0, "r_in/zealot/std": 0.0}
    (row,) = effects([*runs("mappo", [0.5], **nothing), *runs("none", [0.5], **nothing)], "none")
    assert np.isnan([row.fraction, row.credit]).all()


def test_without_a_control_there_is_one_line():
    with pytest.raises(ConfigError, match="no complete run of the control none; choose one by --control: a, b"):
        effects(runs("a", [0.5]) + runs("b,x=1", [0.5]) + runs("b", [0.5]), "none")


def test_the_command_prints_the_table_and_keeps_the_numbers(tmp_path, capsys):
    for seed in range(2):
        fake_run(tmp_path / "x", [0.5] * 3, model="a", seed=seed)
        fake_run(tmp_path / "x", [0.25] * 3, model="none", seed=seed)
    code, table, _ = run_command(capsys, "effects", tmp_path / "x", "--out", tmp_path / "kept")
    assert code == 0
    assert "| 2s3z | a | none | 2 v. 2 | 200 | win rate | +0.25 [+0.25, +0.25] | +0.25 [+0.25, +0.25] | 1.00" in table
    assert (tmp_path / "kept" / "effects.md").read_text() == table
    with (tmp_path / "kept" / "effects.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["metric"] == "test/win_rate"
    assert (row["model"], row["area"], row["area_low"], row["credit_correlation"]) == ("a", "0.25", "0.25", "")


def test_the_command_compares_the_metric_that_was_asked_for(tmp_path, capsys):
    for model, level in (("a", 0.5), ("none", 0.25)):
        fake_run(tmp_path / "x", [level] * 3, model=model)
    _, table, _ = run_command(capsys, "effects", tmp_path / "x", "--metric", "test/return")
    assert "| 1 v. 1 | 200 | return |" in table
    code, _, error = run_command(capsys, "effects", tmp_path / "x", "--metric", "win_rate")
    assert (code, error) == (
        2,
        "error: unknown metric win_rate; did you mean test/win_rate? (known: test/win_rate, test/return)\n",
    )


def test_runs_without_a_comparison_are_refused_in_one_line(tmp_path, capsys):
    fake_run(tmp_path / "x", [0.5] * 3, model="none")
    code, _, error = run_command(capsys, "effects", tmp_path / "x")
    assert (code, error) == (2, "error: no model has runs beside its control none on the same map\n")


def test_the_picture_has_its_numbers_beside_it(tmp_path):
    inert = {"rewards/fraction_of_advantage": 0.001, "r_in/zealot/std": 1.0}
    found = [
        run for name in ("8m", "2s3z") for run in (*runs("aiir", [0.5], name, **inert), *runs("none", [0.4], name))
    ]
    effects_picture(found, tmp_path / "x.png", "Title", "none")
    assert (tmp_path / "x.png").stat().st_size > 5000
    assert len((tmp_path / "x.csv").read_text().splitlines()) == 4


def test_settings_can_make_columns_of_panels_with_a_row_for_each_map(tmp_path):
    found = [
        run
        for name in ("8m", "2s3z")
        for update in ("single", "clipped")
        for run in (*runs(f"aiir,update={update}", [0.5], name), *runs(f"none,update={update}", [0.4], name))
    ]
    columns = {"update=single": "one step", "update=clipped": "PPO's steps"}
    effects_picture(found, tmp_path / "x.svg", "Title", "none", columns, {"aiir": "with attention"})
    text = (tmp_path / "x.svg").read_text()
    assert text.count("<!-- with attention -->") == 3  # of six panels, those on the left
    assert text.index("one step") < text.index("PPO's steps")
    assert [text.count(f"<!-- {words} -->") for words in ("PPO's steps", "8m", "2 maps")] == [1, 1, 1]
