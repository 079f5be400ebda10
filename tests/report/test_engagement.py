"""Runs whose intrinsic reward does nothing are marked, and decide no claim."""

from dataclasses import replace

import numpy as np
import pytest

from aiirmix.report.claim_spec import ClaimSpec
from aiirmix.report.claims import markdown_table as claims_table
from aiirmix.report.engagement import AGREEMENT, FRACTION, INERT_BELOW, are_inert, inert_models, mean_over_training
from aiirmix.report.evaluations import Evaluations, load, save
from aiirmix.report.judge import judge
from aiirmix.report.summary import summarise
from aiirmix.report.summary_table import markdown_table

STEPS = np.arange(3) * 100
SOURCE = {"r_in/marine/std": np.array([np.nan, 0.1, 0.1])}
BETTER = ClaimSpec("a beats b", "5.2", ("8m",), ("a",), ("b",), "final")


def run(model="a", level=0.9, seed=0, **diagnostics):
    metrics = {name: np.array(values, float) for name, values in diagnostics.items()}
    return Evaluations("8m", model, seed, STEPS, np.full(3, level), np.zeros(3), budget=200, diagnostics=metrics)


def engaged(fractions, model="a", level=0.9, seed=0):
    return run(model, level, seed, **{FRACTION: fractions, **SOURCE})


@pytest.mark.parametrize(
    ("fractions", "inert"),
    [([np.nan, 0.001, 0.003], True), ([np.nan, 0.0, 2 * INERT_BELOW], False), ([np.nan, 0.4, 0.4], False)],
)
def test_a_run_is_inert_below_one_percent_on_average(fractions, inert):
    assert are_inert([engaged(fractions)]) == inert


def test_a_run_without_a_source_or_without_a_record_is_not_called_inert():
    assert not are_inert([run(**{FRACTION: [0.0, 0.0, 0.0]})])
    assert not are_inert([run(**SOURCE)])
    assert not are_inert([engaged([np.nan] * 3)])
    assert not are_inert([run(**{FRACTION: [0.0] * 3, "r_in/marine/std": [np.nan, 0.0, 0.0]})])


def test_the_mean_leaves_out_what_was_not_recorded():
    runs = [engaged([np.nan, 0.2, 0.4]), run(), engaged([np.nan] * 3)]
    assert mean_over_training(runs, FRACTION) == pytest.approx([0.3])


@pytest.mark.parametrize("higher_is_inert", [True, False])
def test_inert_runs_decide_nothing(higher_is_inert):
    fractions = {"a": [0.0] * 3 if higher_is_inert else [0.5] * 3, "b": [0.5] * 3 if higher_is_inert else [0.0] * 3}
    levels = {"a": 0.9, "b": 0.1}
    runs = [engaged(fractions[model], model, level, seed) for model, level in levels.items() for seed in range(5)]
    verdict = judge(BETTER, runs)
    assert verdict.decision == "inert"
    name = "a" if higher_is_inert else "b"
    assert verdict.decisive.why == f"the intrinsic reward of {name} is inert"
    assert f"**inert** | final | a > b on 8m: the intrinsic reward of {name} is inert" in claims_table([verdict])
    assert judge(BETTER, [replace(one, diagnostics={}) for one in runs]).decision == "holds"


def test_a_model_is_judged_by_the_mean_of_its_seeds():
    assert inert_models([engaged([0.5] * 3), engaged([0.0] * 3, seed=1), engaged([0.001] * 3, "b")]) == ["b"]


def test_the_summary_shows_both_numbers_and_the_mark():
    runs = [engaged([0.0, 0.001, 0.002]), run("b", **{FRACTION: [0.2, 0.3, 0.4], AGREEMENT: [0.5] * 3}), run("none")]
    header, _, *rows = markdown_table(summarise(runs)).splitlines()
    assert header.endswith("| r_in in Var(A) | agreement |")
    assert [row.split(" | ")[-2:] for row in rows] == [["0.001 (inert)", "– |"], ["0.300", "0.500 |"], ["–", "– |"]]


def test_without_a_record_the_summary_has_no_such_columns():
    assert "Var(A)" not in markdown_table(summarise([run()]))


def test_the_numbers_are_kept(tmp_path):
    save([engaged([np.nan, 0.25, 0.5])], tmp_path / "evaluations.csv")
    [kept] = load(tmp_path / "evaluations.csv")
    np.testing.assert_array_equal(kept.diagnostics[FRACTION], [np.nan, 0.25, 0.5])
    assert "r_in/marine/std" in kept.diagnostics
