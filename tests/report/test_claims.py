"""Claims are judged right by runs with an obvious result."""

import csv
from dataclasses import replace

import numpy as np
import pytest
import yaml
from scipy import stats

from aiirmix.common.errors import ConfigError
from aiirmix.common.statistics import welch_interval
from aiirmix.report.claim_spec import PAPER_CLAIMS, Beyond, ClaimSpec, read_claims
from aiirmix.report.claims import judge_all
from aiirmix.report.evaluations import Evaluations
from aiirmix.report.figure import plan_runs
from aiirmix.report.figure_spec import read_figure_spec
from aiirmix.report.judge import judge
from tests.report.fake_runs import fake_run, run_command

STEPS = np.arange(11) * 100
BETTER = ClaimSpec("a beats b", "5.2", ("8m",), ("a",), ("b",), "final")
GOOD = {"claim": "a beats b", "section": "5.2", "maps": ["8m"], "higher": ["a"], "lower": ["b"], "measure": "final"}


def runs(model, levels, map_label="8m", **changes):
    """Return complete runs, each with a constant win rate."""
    return [
        Evaluations(map_label, model, seed, STEPS, np.full(11, level), np.zeros(11), budget=1000, **changes)
        for seed, level in enumerate(levels)
    ]


HIGH, LOW, WIDE = [0.8, 0.82, 0.84, 0.86, 0.88], [0.3, 0.32, 0.34, 0.36, 0.38], [0.0, 0.5, 0.9, 0.9, 1.0]


@pytest.mark.parametrize(
    ("a", "b", "decision"), [(HIGH, LOW, "holds"), (LOW, HIGH, "does not hold"), (HIGH, WIDE, "undecided")]
)
def test_the_interval_of_the_difference_decides(a, b, decision):
    verdict = judge(BETTER, runs("a", a) + runs("b", b))
    assert verdict.decision == decision
    [comparison] = verdict.comparisons
    assert comparison.effect == pytest.approx(np.mean(a) - np.mean(b))
    assert comparison.interval is not None
    assert comparison.interval.low <= comparison.effect <= comparison.interval.high
    assert comparison.chance == np.mean([[(x > y) + (x == y) / 2 for y in b] for x in a])
    assert (comparison.seeds, comparison.env_steps) == (([0, 1, 2, 3, 4], [0, 1, 2, 3, 4]), 1000)


@pytest.mark.parametrize(("a", "b"), [(HIGH[:4], LOW), (HIGH, LOW[:4])])
def test_fewer_than_five_seeds_decide_nothing(a, b):
    verdict = judge(BETTER, runs("a", a) + runs("b", b))
    assert verdict.decision == "undecided"
    assert "it takes 5 seeds" in verdict.decisive.why


def test_incomplete_runs_do_not_count():
    half = [replace(run, budget=2000) for run in runs("b", LOW[:2])]
    verdict = judge(BETTER, runs("a", HIGH) + half + runs("b", LOW)[2:])
    assert verdict.decisive.why == "it takes 5 seeds"


def test_models_without_runs_are_named():
    assert judge(BETTER, runs("a", HIGH)).decisive.why == "no complete run of b"
    assert judge(BETTER, []).decisive.why == "no complete run of a and b"


def test_a_claim_holds_only_if_all_its_comparisons_hold():
    claim = replace(BETTER, maps=("8m", "2s3z"), lower=("b", "c"))
    strong = [run for name in claim.maps for model in "bc" for run in runs(model, LOW, name)]
    a = runs("a", HIGH) + runs("a", HIGH, "2s3z")
    assert judge(claim, a + strong).decision == "holds"
    verdict = judge(claim, a + strong[:-5] + runs("c", WIDE, "2s3z"))
    assert verdict.decision == "undecided"
    assert (verdict.decisive.lower, verdict.decisive.map_label) == ("c", "2s3z")
    assert [one.decision for one in verdict.comparisons] == ["holds"] * 3 + ["undecided"]


def test_one_of_many_comparisons_refutes_a_claim_only_at_a_stricter_level():
    """The interval lies below 0 at 95 %, but not at the level that one of forty comparisons needs."""
    a, b = [0.0, 0.0, 0.1, 0.2, 0.4], [0.3, 0.4, 0.5, 0.6, 0.7]
    x, y = runs("a", a), runs("b", b)
    alone = judge(BETTER, x + y)
    assert alone.decision == "does not hold"
    others = [f"c{i}" for i in range(39)]
    many = judge(replace(BETTER, lower=("b", *others)), x + y).comparisons[0]
    assert (many.decision, many.why) == ("undecided", "the 99.88 % interval holds 0")


def test_a_claim_that_is_true_at_the_edge_is_seldom_refuted():
    """Nine equal models: of eight comparisons, one soon seems to be below 0; at most 5 % of the claims may fall."""
    rng, claim = np.random.default_rng(0), replace(BETTER, lower=tuple("cdefghij"))
    refuted = [
        judge(claim, [run for model in "acdefghij" for run in runs(model, rng.normal(0.5, 0.1, 5))]).decision
        == "does not hold"
        for _ in range(200)
    ]
    assert np.mean(refuted) <= 0.05


def test_a_single_run_has_no_interval():
    [comparison] = judge(BETTER, runs("a", HIGH) + runs("b", LOW[:1])).comparisons
    assert comparison.effect == pytest.approx(np.mean(HIGH) - LOW[0])
    assert comparison.interval is None


def test_a_side_may_be_a_number():
    for claim, decision in (
        (replace(BETTER, lower=0.5), "holds"),
        (replace(BETTER, higher=0.5, lower=("a",)), "does not hold"),
    ):
        verdict = judge(claim, runs("a", HIGH))
        assert verdict.decision == decision
        assert verdict.decisive.chance is None


def test_a_threshold_that_is_never_reached_takes_the_whole_budget():
    claim = replace(BETTER, higher=("b",), lower=("a",), measure=0.5)
    verdict = judge(claim, runs("a", HIGH) + runs("b", LOW))
    assert (verdict.decision, verdict.decisive.effect) == ("holds", 1000)


def test_metrics_may_be_subtracted_and_may_be_missing_at_first():
    fluctuation = {
        "r_in/zealot/std": np.array([np.nan] + [2.0] * 10),
        "r_in/stalker/std": np.array([np.nan] + [1.5] * 10),
    }
    claim = replace(BETTER, lower=0.0, metric="r_in/zealot/std", minus="r_in/stalker/std")
    verdict = judge(claim, runs("a", HIGH, diagnostics=fluctuation))
    assert (verdict.decision, verdict.decisive.effect) == ("holds", 0.5)
    assert judge(claim, runs("a", HIGH)).decisive.why == "r_in/stalker/std was not recorded"


def test_claims_may_be_judged_in_another_environment():
    both = runs("a", HIGH, "smac-8m") + runs("b", LOW, "smac-8m")
    assert judge(BETTER, both).decision == "undecided"
    assert judge(BETTER, both, env="smac").decision == "holds"


def test_an_environment_without_runs_is_refused_in_one_line():
    with pytest.raises(ConfigError, match=r"^no run was played in env=skirmsh: their maps are 8m$"):
        judge_all(runs("aiir_mix", HIGH), None, "skirmsh")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lowr": ["b"]}, "unknown key lowr; did you mean lower? (known: claim, section, maps, "),
        ({"lower": None}, "lower should be a list, not null"),
        ({"maps": "8m"}, "maps should be a list, not '8m'"),
        ({"maps": []}, "maps should be a list, not []"),
        ({"measure": "finl"}, "unknown measure finl; did you mean final? (known: final, area, last, steps_to)"),
        ({"measure": {"steps_to": "half"}}, "measure should be final, area, last or {steps_to: threshold}"),
        ({"metric": ["x"]}, "metric should be text, not ['x']"),
        ({"higher": 1, "lower": 0.5}, "higher and lower are both numbers; at least one should be models"),
    ],
)
def test_a_wrong_claim_is_refused_in_one_line(tmp_path, changes, message):
    file = tmp_path / "claims.yaml"
    file.write_text(yaml.safe_dump([GOOD, GOOD | changes]))
    with pytest.raises(ConfigError) as refused:
        read_claims(file)
    assert str(refused.value).startswith(f"{file}, claim 2: {message}")


@pytest.mark.parametrize(
    ("text", "message"), [("a: 1", "should be a list of claims"), ("- [", "cannot read"), ("- 1", "keys")]
)
def test_a_file_without_claims_is_refused_in_one_line(tmp_path, text, message):
    (tmp_path / "claims.yaml").write_text(text)
    with pytest.raises(ConfigError, match=message) as refused:
        read_claims(tmp_path / "claims.yaml")
    assert "\n" not in str(refused.value)


def test_a_claim_without_a_needed_key_is_refused(tmp_path):
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump([{key: GOOD[key] for key in GOOD if key != "lower"}]))
    with pytest.raises(ConfigError, match="claim 1: lower must be given"):
        read_claims(tmp_path / "claims.yaml")


def test_the_claims_of_the_paper_can_be_read():
    specs = [spec for spec in read_claims(PAPER_CLAIMS) if spec.section != "ours"]
    assert {spec.section for spec in specs} == {"5.2", "5.3", "5.4"}
    assert {name for spec in specs for name in spec.maps} == {"2s3z", "3s5z", "8m", "MMM"}


def test_the_command_prints_the_table_and_keeps_every_comparison(tmp_path, capsys):
    for seed, (a, b) in enumerate(zip(HIGH, LOW, strict=True)):
        fake_run(tmp_path / "x", [a] * 3, model="a", map_label="8m", seed=seed)
        fake_run(tmp_path / "x", [b] * 3, model="b", map_label="8m", seed=seed)
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump([GOOD, GOOD | {"lower": ["b", "c"]}]))
    options = ["--claims", tmp_path / "claims.yaml", "--out", tmp_path]
    code, table, _ = run_command(capsys, "claims", tmp_path / "x", *options)
    assert code == 0
    assert "| **holds** | final | a > b on 8m | +0.50 [+0.45, +0.55] | 5 v. 5 |" in table
    assert "| **undecided** | final | a > c on 8m: no complete run of c | – | 5 |" in table
    assert table.startswith((tmp_path / "claims.md").read_text())
    assert "Tuning budgets" in table
    with (tmp_path / "claims.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["decision"] for row in rows] == ["holds", "holds", "undecided"]
    assert rows[0]["seeds_lower"] == "0 1 2 3 4"


def test_paired_models_are_compared_one_by_one():
    claim = replace(BETTER, higher=("a", "c"), lower=("b", "d"), paired=True)
    verdict = judge(claim, runs("a", HIGH) + runs("b", LOW) + runs("c", LOW) + runs("d", HIGH))
    assert [(one.higher, one.lower, one.decision) for one in verdict.comparisons] == [
        ("a", "b", "holds"),
        ("c", "d", "does not hold"),
    ]


def test_a_difference_may_have_to_exceed_that_on_another_map():
    claim = replace(BETTER, beyond=Beyond(map="2s3z"))
    small = runs("a", HIGH, "2s3z") + runs("b", np.array(HIGH) - 0.1, "2s3z")
    verdict = judge(claim, runs("a", HIGH) + runs("b", LOW) + small)
    assert verdict.decision == "holds"
    plain, beyond = verdict.comparisons
    assert plain.effect == pytest.approx(0.5)
    assert beyond.effect == pytest.approx(0.5 - 0.1)
    assert beyond.chance is None
    assert str(beyond) == "a > b on 8m by more than a > b on 2s3z"
    same = runs("a", HIGH, "2s3z") + runs("b", LOW, "2s3z")
    assert judge(claim, runs("a", HIGH) + runs("b", LOW) + same).decision == "undecided"


def test_less_harm_is_no_help():
    """On 8m nothing is won by either, on 2s3z the first does harm: its difference is larger on 8m, without any help."""
    claim = replace(BETTER, beyond=Beyond(map="2s3z"))
    floor = runs("a", [0.0] * 5) + runs("b", [0.0] * 5)
    harm = runs("a", LOW, "2s3z") + runs("b", HIGH, "2s3z")
    verdict = judge(claim, floor + harm)
    assert [one.decision for one in verdict.comparisons] == ["undecided", "holds"]
    assert verdict.decision == "undecided"


def test_inert_runs_on_either_map_make_a_comparison_inert():
    def model(fraction, name):
        recorded = {"rewards/fraction_of_advantage": fraction, "r_in/zealot/std": 1.0}
        return runs("a", HIGH, name, diagnostics={key: np.full(11, value) for key, value in recorded.items()})

    controls = runs("b", LOW) + runs("b", np.array(HIGH) - 0.1, "2s3z")
    claim = replace(BETTER, beyond=Beyond(map="2s3z"))
    assert judge(claim, model(0.3, "8m") + model(0.3, "2s3z") + controls).decision == "holds"
    assert judge(claim, model(0.3, "8m") + model(0.001, "2s3z") + controls).decision == "inert"


def test_a_pooled_claim_is_about_the_means_over_the_maps():
    """Its interval is Welch's of the mean of two differences: on one map alone it is undecided, over both it holds."""
    noisy = [0.0, 0.4, 0.5, 0.6, 1.0]
    found = runs("a", noisy) + runs("b", LOW) + runs("a", HIGH, "2s3z") + runs("b", LOW, "2s3z")
    claim = replace(BETTER, maps=("8m", "2s3z"))
    assert [one.decision for one in judge(claim, found).comparisons] == ["undecided", "holds"]
    verdict = judge(replace(claim, pooled=True), found)
    [one] = verdict.comparisons
    assert (verdict.decision, one.map_label, len(one.seeds[0]), one.chance) == ("holds", "2 maps", 10, None)
    assert str(one) == "a > b on 2 maps"
    assert one.effect == pytest.approx((np.mean(noisy) + np.mean(HIGH) - 2 * np.mean(LOW)) / 2)
    samples = [np.array(x) / 2 for x in (noisy, HIGH, LOW, LOW)]
    assert one.interval is not None
    assert np.allclose(one.interval, welch_interval(samples[:2], samples[2:]))


def test_a_pooled_claim_needs_runs_on_every_map():
    claim = replace(BETTER, maps=("8m", "2s3z"), pooled=True)
    [one] = judge(claim, runs("a", HIGH) + runs("b", LOW)).comparisons
    assert (one.decision, one.why) == ("undecided", "no complete run of a and b")


def test_a_pooled_difference_may_have_to_exceed_another():
    claim = replace(BETTER, maps=("8m", "2s3z"), pooled=True, beyond=Beyond(higher=("c",), lower=("d",)))
    found = [
        run
        for name in claim.maps
        for model, levels in zip("abcd", (HIGH, LOW, HIGH, np.array(HIGH) - 0.1), strict=True)
        for run in runs(model, levels, name)
    ]
    plain, beyond = judge(claim, found).comparisons
    assert [plain.effect, beyond.effect] == pytest.approx([0.5, 0.4])
    assert str(beyond) == "a > b on 2 maps by more than c > d on 2 maps"


def test_a_difference_may_have_to_exceed_that_of_other_models():
    claim = replace(BETTER, beyond=Beyond(higher=("c",), lower=("d",)))
    large = runs("c", np.array(HIGH) + 0.1) + runs("d", [0.0] * 5)
    verdict = judge(claim, runs("a", HIGH) + runs("b", LOW) + large)
    assert verdict.decision == "does not hold"
    assert verdict.decisive.effect == pytest.approx(0.5 - 0.94)
    assert [one.decision for one in verdict.comparisons] == ["holds", "does not hold"]


def test_the_variance_of_both_differences_counts():
    """A difference of differences has the variance of four independent samples, and twice the freedom of two."""
    claim = replace(BETTER, beyond=Beyond(map="2s3z"))
    alone = judge(BETTER, runs("a", HIGH) + runs("b", LOW)).decisive.interval
    found = judge(claim, [run for name in ("8m", "2s3z") for run in runs("a", HIGH, name) + runs("b", LOW, name)])
    both = found.comparisons[1].interval
    assert alone is not None
    assert both is not None
    ratio = (both.high - both.low) / (alone.high - alone.low)
    assert ratio == pytest.approx(2**0.5 * stats.t.ppf(0.975, 16) / stats.t.ppf(0.975, 8))


def test_what_must_be_exceeded_needs_runs_too():
    claim = replace(BETTER, beyond=Beyond(map="2s3z"))
    assert judge(claim, runs("a", HIGH) + runs("b", LOW)).comparisons[1].why == "no complete run of a and b"


def test_of_the_default_claims_those_without_any_run_are_left_out(tmp_path):
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump([GOOD, GOOD | {"higher": ["c"], "lower": ["d"]}]))
    assert len(judge_all(runs("a", HIGH), tmp_path / "claims.yaml", None)) == 2
    assert judge_all(runs("a", HIGH), None, None) == []
    found = judge_all(runs("liir", HIGH), None, None)
    assert found
    assert all("liir" in verdict.spec.models for verdict in found)


def test_runs_that_no_claim_is_about_are_refused_in_one_line(tmp_path, capsys):
    fake_run(tmp_path / "x", [0.5] * 3, model="mine")
    code, _, error = run_command(capsys, "claims", tmp_path / "x")
    assert (code, error) == (
        2,
        "error: no claim is about mine; write claims of your own and name the file: --claims FILE\n",
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"paired": "yes"}, "paired should be true or false, not 'yes'"),
        ({"pooled": 1}, "pooled should be true or false, not 1"),
        ({"pooled": True, "beyond": {"map": "2s3z"}}, "beyond names another map, so that pooled should be false"),
        ({"paired": True, "lower": ["b", "c"]}, "paired sides should have equally many models, not 1 and 2"),
        ({"beyond": {"mp": "2s3z"}}, "unknown key mp; did you mean map? (known: map, higher, lower)"),
        ({"beyond": {}}, "should have some of the keys map, higher, lower"),
        ({"beyond": {"lower": ["c", "d"]}}, "beyond should have as many comparisons as the claim"),
        ({"beyond": {"higher": 0.1, "lower": ["c"]}}, "with beyond, higher and lower should be models, not numbers"),
        ({"lower": 0.5, "beyond": {"map": "2s3z"}}, "with beyond, higher and lower should be models, not numbers"),
        ({"beyond": {"higher": ["c"]}}, "b is on both sides of beyond; name another map, or other models"),
    ],
)
def test_a_wrong_comparison_is_refused_in_one_line(tmp_path, changes, message):
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump([GOOD | changes]))
    with pytest.raises(ConfigError) as refused:
        read_claims(tmp_path / "claims.yaml")
    assert str(refused.value).endswith(message)


@pytest.mark.slow
def test_our_claims_are_about_the_runs_of_the_answer():
    """Every model that they compare is planned on every map that they compare it on."""
    plan = plan_runs("answer", read_figure_spec("answer"), {"seed": "100"})
    planned = {(path.parts[-3], path.parts[-2]) for path in plan.budgets}
    ours = [spec for spec in read_claims(PAPER_CLAIMS) if spec.section == "ours"]
    wanted = set()
    for spec in ours:
        there = (spec.beyond and spec.beyond.map) or None
        wanted |= {(side, name) for name in spec.maps for pair in spec.pairs for side in pair}
        wanted |= {(side, there or name) for name in spec.maps for pair in spec.pairs_beyond for side in pair}
    assert {one for one in wanted if isinstance(one[0], str)} <= planned
    assert len(ours) >= 12
    assert len(planned) == len(plan.budgets) > 100


def test_without_a_common_evaluation_of_the_metric_a_comparison_is_undecided():
    """The best model's win rate is known at the last evaluation alone, and the budgets differ."""
    known = {"best/win_rate": np.append(np.full(10, np.nan), 0.5)}
    longer = [
        replace(run, env_steps=2 * STEPS, budget=2000, diagnostics=known) for run in runs("b", LOW, diagnostics=known)
    ]
    claim = replace(BETTER, metric="best/win_rate", measure="last")
    verdict = judge(claim, runs("a", HIGH, diagnostics=known) + longer)
    assert verdict.decision == "undecided"
    assert verdict.decisive.why == "no evaluation of all runs has best/win_rate"
