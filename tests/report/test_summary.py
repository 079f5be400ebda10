"""Tables of an experiment, against numbers worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.report.evaluations import Evaluations, load, save
from aiirmix.report.summary import over_maps, summarise
from aiirmix.report.summary_table import markdown_table, overall_table
from tests.report.fake_runs import fake_run, run_command

STEPS = np.arange(11) * 100


def run(win_rate, seed=0, model="aiir_mix", map_label="2s3z"):
    steps, returns = STEPS[: len(win_rate)], np.zeros(len(win_rate))
    return Evaluations(map_label, model, seed, steps, np.array(win_rate, float), returns)


def test_final_averages_the_last_fifth_of_the_budget():
    (row,) = summarise([run([0] * 9 + [0.5, 1.0]), run([0] * 9 + [0.0, 0.5], seed=1)])
    assert row.final.tolist() == [0.75, 0.25]
    assert row.area == pytest.approx([0.1, 0.025])  # trapezoids
    assert (row.seeds, row.env_steps) == (2, 1000)


def test_the_threshold_is_reached_by_the_smoothed_median_over_seeds():
    late, early, never = ([0] * k + [1] * (11 - k) for k in (7, 3, 11))
    (row,) = summarise([run(late), run(early, seed=1), run(never, seed=2)])
    assert row.best_median == 1.0
    assert row.reached == 800  # four of the five evaluations around it are won by the median seed
    (row,) = summarise([run(never), run(never, seed=1), run(early, seed=2)])
    assert row.reached == np.inf


def test_of_a_single_run_no_interval_is_claimed():
    single, several = (markdown_table(summarise([run([0.5] * 11, seed) for seed in seeds])) for seeds in ([0], [0, 1]))
    assert "| 0.50 | 0.50 | 0.50 |" in single
    assert "| 0.50 [0.50, 0.50] | 0.50 [0.50, 0.50] | 0.50 [0.50, 0.50] |" in several


def test_a_comparison_ends_where_the_shortest_run_ends():
    (row,) = summarise([run([0] * 11), run([1] * 5, seed=1)])
    assert row.env_steps == 400


def test_models_and_maps_have_rows_of_their_own():
    rows = summarise([run([1.0] * 3, model=model, map_label=name) for name in ("2s3z", "8m") for model in ("a", "b")])
    assert [(row.map_label, row.model) for row in rows] == [("2s3z", "a"), ("2s3z", "b"), ("8m", "a"), ("8m", "b")]
    assert markdown_table(rows).count("\n") == 5


def test_a_saved_experiment_has_the_same_table(tmp_path):
    fake_run(tmp_path / "x", [0.0, 0.3, 1.0])
    fake_run(tmp_path / "x", [0.1, 0.2, 0.9], seed=1)
    runs = load(tmp_path / "x")
    save(runs, tmp_path / "evaluations.csv")
    assert markdown_table(summarise(load(tmp_path / "evaluations.csv"))) == markdown_table(summarise(runs))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model__gamma": 0.5}, "runs of aiir_mix on 2s3z must not be mixed: their configuration differs, "),
        ({"evaluation__episodes": 32}, "runs on 2s3z must not be mixed: their protocol differs, "),
    ],
)
def test_runs_of_two_sources_with_different_settings_are_refused(tmp_path, changes, message):
    fake_run(tmp_path / "x", [0.0, 0.3])
    fake_run(tmp_path / "y", [0.0, 0.3], seed=1, **changes)
    save(load(tmp_path / "y"), tmp_path / "kept.csv")
    for other in (tmp_path / "y", tmp_path / "kept.csv"):
        with pytest.raises(ConfigError, match=f"^{message}"):
            load(tmp_path / "x", other)


@pytest.mark.parametrize("cells", [-3, 1])
def test_a_file_that_was_cut_off_is_refused_in_one_line(tmp_path, cells):
    fake_run(tmp_path / "x", [0.0, 0.3])
    save(load(tmp_path / "x"), tmp_path / "kept.csv")
    *whole, last = (tmp_path / "kept.csv").read_text().splitlines()
    cut = last.split(",")[:cells] if cells < 0 else [last, "1"]
    (tmp_path / "kept.csv").write_text("\n".join([*whole, ",".join(cut)]))
    with pytest.raises(ConfigError, match=r"is damaged: line 3 has not as many cells as there are columns$"):
        load(tmp_path / "kept.csv")


def test_where_settings_were_not_recorded_there_is_a_warning(tmp_path, caplog):
    fake_run(tmp_path / "x", [0.0, 0.3])
    save([run([0.0, 1.0], seed=1)], tmp_path / "kept.csv")
    with caplog.at_level("WARNING"):
        load(tmp_path / "kept.csv")
        assert caplog.text == ""
        save(
            [replace(one, environment=load(tmp_path / "x")[0].environment) for one in load(tmp_path / "kept.csv")],
            tmp_path / "kept.csv",
        )
        load(tmp_path / "x", tmp_path / "kept.csv")
    assert "runs of aiir_mix on 2s3z: the configuration of 1 of 2 was not recorded; it may differ" in caplog.text


def test_different_environments_on_one_map_are_refused(tmp_path):
    fake_run(tmp_path / "x", [0.0, 0.3])
    fake_run(tmp_path / "x", [0.0, 0.3], model="liir", env__reward_sparse=True)
    with pytest.raises(ConfigError, match="must not be mixed: env"):
        load(tmp_path / "x")


def test_different_simulators_on_one_map_are_refused(tmp_path):
    old = fake_run(tmp_path / "x", [0.0, 0.3], version=SKIRMISH_VERSION - 1)
    new = fake_run(tmp_path / "x", [0.0, 0.3], seed=1)
    with pytest.raises(ConfigError) as refused:
        load(tmp_path / "x")
    difference = f"environment is skirmish-{SKIRMISH_VERSION - 1}/2s3z and skirmish-{SKIRMISH_VERSION}/2s3z"
    assert str(refused.value) == f"{old} and {new} must not be mixed: {difference}"


def test_files_of_different_simulators_are_not_compared(tmp_path):
    fake_run(tmp_path / "x", [0.0, 0.3], version=SKIRMISH_VERSION - 1)
    fake_run(tmp_path / "y", [0.0, 0.3], model="liir")
    save(load(tmp_path / "x"), tmp_path / "x.csv")
    old, new = (f"skirmish-{version}/2s3z" for version in (SKIRMISH_VERSION - 1, SKIRMISH_VERSION))
    with pytest.raises(ConfigError, match=rf"are of {old} \(aiir_mix\) and {new} \(liir\)"):
        load(tmp_path / "x.csv", tmp_path / "y")


def test_a_run_in_two_sources_is_refused(tmp_path):
    fake_run(tmp_path / "x", [0.0, 0.3])
    save(load(tmp_path / "x"), tmp_path / "x.csv")
    with pytest.raises(ConfigError, match="aiir_mix on 2s3z with seed 0 is there twice; choose one source"):
        load(tmp_path / "x.csv", tmp_path / "x")


def test_absolute_results_and_diagnostics_are_kept(tmp_path):
    directory = fake_run(tmp_path / "x", [0.0, 0.3])
    (directory / "metrics.csv").write_text(
        "env_steps,test/return,test/win_rate,actor/loss,r_in/zealot/std\n0,1.0,0.0,,\n100,1.0,0.5,2.0,0.25\n"
    )
    (directory / "absolute.csv").write_text("env_steps,return,steps,won\n" + "100,1.0,9,1\n" * 3 + "100,0.0,9,0\n")
    save(load(tmp_path / "x"), tmp_path / "x.csv")
    (kept,) = load(tmp_path / "x.csv")
    assert kept.environment == f"skirmish-{SKIRMISH_VERSION}/2s3z"
    assert set(kept.diagnostics) == {"absolute/win_rate", "r_in/zealot/std"}
    np.testing.assert_array_equal(kept.diagnostics["absolute/win_rate"], [np.nan, 0.75])
    np.testing.assert_array_equal(kept.diagnostics["r_in/zealot/std"], [np.nan, 0.25])


def test_the_table_shows_returns_where_nothing_can_be_won():
    never = Evaluations("spread", "liir", 0, STEPS[:3], np.zeros(3), np.array([-9.0, -5.0, -1.0]))
    won, lost = run([0, 0, 1], map_label="8m"), run([0, 0, 0], model="liir", map_label="8m")
    returns, *win_rates = sorted(summarise([won, lost, never]), key=lambda row: row.metric.name)
    assert (returns.map_label, returns.metric.name, returns.final[0], returns.reached) == (
        "spread",
        "test/return",
        -1,
        None,
    )
    assert {row.metric.name for row in win_rates} == {"test/win_rate"}


def test_only_models_with_runs_on_all_maps_are_compared_over_maps():
    """The best model beats `b` on both maps; against `a` it wins on one and ties on the other."""
    levels = {("2s3z", "best"): 0.9, ("8m", "best"): 0.8, ("2s3z", "a"): 0.9, ("8m", "a"): 0.1}
    levels |= {("2s3z", "b"): 0.2, ("8m", "b"): 0.2, ("8m", "only here"): 1.0}
    rows = summarise([run([level] * 3, model=model, map_label=name) for (name, model), level in levels.items()])
    best, second, third = over_maps(rows)
    assert [best.model, second.model, third.model] == ["best", "a", "b"]
    table = overall_table([best, second, third]).splitlines()
    assert [line.split(" | ")[-1] for line in table[2:]] == ["– |", "0.75 |", "1.00 |"]


def test_maps_with_changed_settings_do_not_count_beside_the_others():
    both = {("2s3z", "a"): 0.1, ("8m", "a"): 0.3, ("2s3z", "b"): 0.2, ("8m", "b"): 0.4}
    sparse = {("2s3z,reward_sparse=True", "a"): 0.9, ("8m,reward_sparse=True", "a"): 0.8}
    rows = summarise(
        [run([level] * 3, model=model, map_label=name) for (name, model), level in (both | sparse).items()]
    )
    found = over_maps(rows)
    assert [(row.model, row.runs) for row in found] == [("b", 2), ("a", 2)]
    assert [float(area[0]) for row in found for area in row.area] == pytest.approx([0.2, 0.4, 0.1, 0.3])
    alone = summarise([run([level] * 3, model=model, map_label=name) for (name, model), level in sparse.items()])
    assert [row.model for row in over_maps(alone)] == ["a"]


def test_a_single_map_has_no_table_over_maps():
    assert overall_table(over_maps(summarise([run([0.5] * 3)]))) == ""


def test_another_csv_file_is_refused_in_one_line(tmp_path, capsys):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    code, _, error = run_command(capsys, "summary", tmp_path / "other.csv")
    assert code == 2
    assert "is no file of evaluations" in error
    assert error.count("\n") == 1


def test_out_keeps_table_and_evaluations(tmp_path, capsys):
    fake_run(tmp_path / "x", [0.0, 0.5, 1.0])
    code, table, _ = run_command(capsys, "summary", tmp_path / "x", "--out", tmp_path / "kept")
    assert code == 0
    assert table.startswith((tmp_path / "kept" / "summary.md").read_text())
    assert len((tmp_path / "kept" / "evaluations.csv").read_text().splitlines()) == 4


def test_runs_that_have_not_used_their_budget_do_not_count_beside_those_that_have(tmp_path, capsys):
    for model in ("a", "b"):
        for seed in range(3):
            fake_run(tmp_path / "x", [0.5, 0.5, 0.5], model=model, seed=seed)
    fake_run(tmp_path / "x", [0.0], model="b", seed=3, budget=200)
    code, out, _ = run_command(capsys, "summary", tmp_path / "x")
    assert code == 0
    assert "| 2s3z | b | 3 | 200 | win rate | 0.50 [0.50, 0.50] |" in out
    assert "\nLeft out, as they have not used their budget: 1 of b on 2s3z.\n" in out


def test_runs_of_which_none_has_used_its_budget_are_shown_as_unfinished(tmp_path):
    for name in ("2s3z", "8m"):
        fake_run(tmp_path / "x", [0.0, 0.5], model="a", map_label=name, budget=200)
        fake_run(tmp_path / "x", [0.0, 0.5, 1.0], model="b", map_label=name)
    rows = summarise(load(tmp_path / "x"))
    assert "| 2s3z | a | 1 | 100 (unfinished) |" in markdown_table(rows)
    assert [row.model for row in over_maps(rows)] == ["b"]


def test_runs_of_several_commits_are_named_below_the_tables(tmp_path, capsys):
    for seed, commit in enumerate(("aaaa", "bbbb")):
        folder = fake_run(tmp_path / "x", [0.0, 0.5], model="liir", map_label="8m", seed=seed)
        provenance = (folder / "provenance.yaml").read_text().replace("0123456789ab", commit)
        (folder / "provenance.yaml").write_text(provenance)
    for command in ("summary", "claims"):
        assert "\nThese runs are of 2 commits: aaaa, bbbb.\n" in run_command(capsys, command, tmp_path / "x")[1]
    fake_run(tmp_path / "y", [0.0, 0.5], model="liir", map_label="8m")
    assert "commits" not in run_command(capsys, "summary", tmp_path / "y")[1]


def test_over_all_maps_each_map_counts_the_same():
    """Ten runs on an easy map and three on a hard one against three and ten: equal models."""
    rows = summarise(
        [
            run([level] * 3, seed, model, name)
            for model, numbers in (("a", (10, 3)), ("b", (3, 10)))
            for name, level, number in zip(("easy", "hard"), (0.9, 0.1), numbers, strict=True)
            for seed in range(number)
        ]
    )
    assert overall_table(over_maps(rows)).count("0.50 [0.50, 0.50]") == 2 * 3 + 1


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda text: text.replace("0.3", "nan").encode(), "a result of aiir_mix on 2s3z is not finite"),
        (lambda text: text.replace(",100,", ",100.0,").encode(), "invalid literal"),
        (lambda text: text[: text.rindex("aiir_mix") + 3].encode(), "damaged"),
        (lambda text: text.encode("utf-16"), "codec can't decode"),
    ],
    ids=["nan", "fraction", "half a line", "encoding"],
)
def test_damaged_evaluations_are_named_in_one_line(tmp_path, capsys, damage, what):
    fake_run(tmp_path / "x", [0.0, 0.3])
    file = tmp_path / "evaluations.csv"
    save(load(tmp_path / "x"), file)
    file.write_bytes(damage(file.read_text()))
    code, out, error = run_command(capsys, "summary", file)
    assert (code, out, error.count("\n")) == (2, "", 1)
    assert error.startswith(f"error: {file} is")
    assert what in error


@pytest.mark.parametrize(("row", "what"), [("100,nan,0.5,", "not finite"), ("100.5,1.0,0.5,", "not whole")])
def test_a_run_with_impossible_numbers_is_left_out_with_a_warning(tmp_path, caplog, row, what):
    fake_run(tmp_path / "x", [0.0, 0.3])
    bad = fake_run(tmp_path / "x", [0.0, 0.3], seed=1)
    lines = (bad / "metrics.csv").read_text().splitlines()
    (bad / "metrics.csv").write_text("\n".join([*lines[:-1], row, ""]))
    assert [run.seed for run in load(tmp_path / "x")] == [0]
    assert what in caplog.text


def test_a_folder_of_kept_results_names_its_evaluations(tmp_path):
    kept = tmp_path / "evaluations.csv"
    kept.touch()
    with pytest.raises(ConfigError) as refused:
        load(tmp_path)
    assert str(refused.value) == f"{tmp_path} holds no run; its kept evaluations are a source themselves: {kept}"
