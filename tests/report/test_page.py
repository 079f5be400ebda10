"""The report: all results of an experiment on one page, and what is missing."""

import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import get_args

import pytest
import yaml

from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.report.claim_section import whiskers
from aiirmix.report.claim_spec import ClaimSpec
from aiirmix.report.diagnostic_charts import chart_groups
from aiirmix.report.evaluations import read
from aiirmix.report.inventory import coverage, lacking
from aiirmix.report.judge import Decision, judge
from aiirmix.report.page import report_page
from aiirmix.runs.lock import run_lock
from aiirmix.runs.recorded import find_runs
from aiirmix.runs.status import State, run_state
from aiirmix.viewer import trained_player
from tests.report.fake_runs import fake_run, run_command
from tests.viewer.chromium import answers_of, needs_chromium
from tests.viewer.sample_battles import AMBUSH, AMBUSH_WITHOUT_MODEL

CLAIMS = [
    ClaimSpec("AIIR-MIX beats LIIR", "5.2", ("2s3z",), ("aiir_mix",), ("liir",), "final"),
    ClaimSpec("LIIR beats <QMIX>", "5.2", ("2s3z",), ("liir",), ("qmix",), "final"),
]


@pytest.fixture
def experiment(tmp_path):
    """Write five seeds of two models on a map, and unfinished runs on another."""
    folder = tmp_path / "half"
    for seed in range(5):
        fake_run(folder, [0.0, 0.5, 0.9], seed=seed)
        fake_run(folder, [0.0, 0.1, 0.2 + seed / 100], model="liir", seed=seed)
    fake_run(folder, [0.0, 0.4], map_label="8m", budget=1000)
    failed = fake_run(folder, [], model="liir", map_label="8m", seed=1, budget=1000)
    (failed / "FAILED").write_text("ValueError: a <b> too many\n")
    (folder / "aiir_mix/2s3z/seed=0/run.log").write_text("".join(f"line {i} & more\n" for i in range(100)))
    return folder


@pytest.fixture
def write(capsys):
    """Write a report from the command line; return the page, or the error message."""

    def write(folder, *arguments):
        code, _, error = run_command(capsys, "report", folder, *arguments)
        return error if code else (folder / "report.html").read_text(encoding="utf-8")

    return write


class Text(HTMLParser):
    """The text of a page."""

    def __init__(self, html):
        super().__init__()
        self.words, self.skipped = [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.skipped = tag == "style"

    def handle_endtag(self, tag):
        self.skipped = False

    def handle_data(self, data):
        if not self.skipped:
            self.words.append(data)

    def __str__(self):
        return " ".join(" ".join(self.words).split())


def test_the_page_refers_to_no_other_file(experiment, write):
    html = write(experiment, "--no-battles")
    outside = re.findall(r"""(?:src|href)="(?!data:|#)[^"]*"|@import|url\(|<link|<script""", html)
    assert outside == []


def test_the_page_counts_runs_and_names_missing_ones(experiment, write):
    text = str(Text(write(experiment, "--no-battles")))
    assert "12 runs of 2 models on 2s3z, 8m; 10 done" in text
    for line in (
        "2s3z 8m AIIR-MIX 5 of 5 runs 0 of 1 run, 10 %",
        "LIIR 5 of 5 runs 0 of 1 run, 1 failed, 0 %",
        "LIIR on 8m, seed 1: ValueError: a <b> too many",
        "AIIR-MIX on 8m: no run with seed 1, 2, 3, 4",
    ):
        assert line in text


def test_the_page_has_the_numbers_of_the_summary(experiment, write):
    text = str(Text(write(experiment, "--no-battles")))
    assert "AIIR-MIX 5 200 0.90 [0.90, 0.90]" in text
    assert "LIIR 5 200 0.22 [0.21, 0.23]" in text


def test_a_model_that_was_not_run_on_a_map_is_named(tmp_path):
    fake_run(tmp_path / "x", [0.5])
    fake_run(tmp_path / "x", [0.5], map_label="8m")
    fake_run(tmp_path / "x", [0.5], model="liir")
    assert lacking(find_runs(tmp_path / "x")) == ["LIIR on 8m: not run"]


def test_the_used_budget_is_counted_over_all_runs_of_a_model_on_a_map(tmp_path):
    """The runs have played 200 of 200, 100 of 200 and 0 of 600 environment steps; the last is running at first."""
    for seed, (win_rates, budget) in enumerate([([0.5] * 3, 200), ([0.5] * 2, 200), ([], 600)]):
        directory = fake_run(tmp_path / "x", win_rates, seed=seed, budget=budget)
    with run_lock(directory):
        [(which, progress)] = coverage(find_runs(tmp_path / "x")).items()
        assert (which, str(progress)) == (("aiir_mix", "2s3z"), "1 of 3 runs, 1 running, 30 %")
    assert str(coverage(find_runs(tmp_path / "x"))[which]) == "1 of 3 runs, 30 %"


def test_a_run_that_is_nearly_done_is_not_shown_as_done(tmp_path):
    fake_run(tmp_path / "x", [0.5] * 1000, every=1, budget=1000)
    assert str(coverage(find_runs(tmp_path / "x"))["aiir_mix", "2s3z"]) == "0 of 1 run, 99 %"


def test_a_locked_run_is_running_and_an_unlocked_one_interrupted(tmp_path):
    directory = fake_run(tmp_path / "x", [0.5], budget=1000)
    with run_lock(directory):
        [run] = find_runs(tmp_path / "x")
        assert run_state(run.directory) == "running"
    assert run_state(run.directory) == "interrupted"


def test_claims_are_shown_with_their_comparisons(experiment):
    runs = find_runs(experiment)
    evaluations = read(runs)
    html = report_page(runs, evaluations, [judge(one, evaluations) for one in CLAIMS], [])
    text = str(Text(html))
    assert "Of 2 claims, 1 hold, 0 do not hold, and 1 are undecided" in text
    assert "holds AIIR-MIX beats LIIR" in text
    assert "LIIR beats <QMIX>" in text
    assert "no complete run of qmix on 2s3z" in text


def test_whiskers_are_in_order_on_a_scale_with_zero_in_the_middle(experiment):
    verdict = judge(CLAIMS[0], read(find_runs(experiment)))
    [whisker] = whiskers(verdict)
    assert 0.5 < whisker.low <= whisker.middle <= whisker.high <= 0.98


def test_the_page_shows_the_runs_of_every_model_on_every_map(experiment, write):
    text = str(Text(write(experiment, "--no-battles")))
    assert "line 99 & more" in text
    assert "line 1 & more" not in text
    assert "… 40 lines before" in text
    assert "gamma: 0.99" in text
    assert "0123456789ab" in text


def test_metrics_are_grouped_and_drawn_for_each_seed(tmp_path):
    for seed in range(2):
        directory = fake_run(tmp_path / "x", [0.5], seed=seed)
        (directory / "metrics.csv").write_text(
            f"env_steps,test/return,test/win_rate,actor/loss,actor/never\n0,1.0,0.0,,\n100,3.0,0.5,{seed + 1}.0,\n"
        )
    actor, test = chart_groups(find_runs(tmp_path / "x"))
    assert [(chart.name, chart.low, chart.high, chart.last) for chart in actor.charts] == [("loss", 1.0, 2.0, 1.5)]
    assert [chart.name for chart in test.charts] == ["return", "win_rate"]
    assert test.charts[0].lines == ["0.0,31.0 100.0,1.0"] * 2


def test_an_experiment_without_evaluations_has_a_report(tmp_path, write):
    fake_run(tmp_path / "x", [], budget=1000)
    text = str(Text(write(tmp_path / "x")))
    assert "No run has been evaluated yet" in text
    assert "AIIR-MIX 0 of 1 run, 0 %" in text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"version": SKIRMISH_VERSION - 1},
            f"environment is skirmish-{SKIRMISH_VERSION}/2s3z and skirmish-{SKIRMISH_VERSION - 1}/2s3z",
        ),
        ({"env__x": 1}, "env.x is absent and 1"),
    ],
)
def test_different_environments_are_not_averaged(tmp_path, write, changes, message):
    one = fake_run(tmp_path / "x", [0.5])
    another = fake_run(tmp_path / "x", [0.5], seed=1, **changes)
    assert write(tmp_path / "x") == f"error: {one} and {another} must not be mixed: {message}\n"
    assert not (tmp_path / "x" / "report.html").exists()


def test_a_wrong_claim_is_refused_in_one_line(experiment, write, tmp_path):
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump([{"clam": "x"}]))
    error = write(experiment, "--claims", tmp_path / "claims.yaml")
    assert error.startswith(f"error: {tmp_path}/claims.yaml, claim 1: unknown key clam; did you mean claim?")


def test_a_battle_that_cannot_be_played_is_explained(experiment, write):
    text = str(Text(write(experiment)))
    why = rf"No battle: {re.escape(str(experiment))}/\S+ has no checkpoint: let it reach its first evaluation"
    assert len(re.findall(why, text)) == 3


def test_the_style_sheet_knows_all_decisions_and_states():
    css = (files("aiirmix.report") / "template" / "report.css").read_text(encoding="utf-8")
    decided = [decision.replace(" ", "-") for decision in get_args(Decision) if decision in ("holds", "does not hold")]
    for name in (*decided, "done", "failed"):
        assert f".{name}" in css
    assert {"done", "failed"} <= set(get_args(State))


@needs_chromium
def test_battles_play_within_the_page(experiment, write, tmp_path, monkeypatch):
    """The frames are sandboxed, so their contents are tested as pages of their own."""
    shown = {"aiir_mix": AMBUSH, "liir": AMBUSH_WITHOUT_MODEL}
    monkeypatch.setattr(trained_player, "play_model", lambda directory, seed: shown[directory.path.parts[-3]])
    html = write(experiment)
    frames = "[...document.querySelectorAll('iframe')]"
    questions = (
        f"{frames}.map(frame => frame.title)",
        f"{frames}.map(frame => frame.srcdoc.includes('id=\"battlefield\"'))",
        "[...document.querySelectorAll('.battle figure img')].map(image => image.naturalWidth > 0)",
        "document.documentElement.scrollWidth <= innerWidth",
        "[...document.querySelectorAll('nav a')].every(link => document.querySelector(link.getAttribute('href')))",
    )
    titles, players, pictures, fits, anchored = answers_of(
        html, "".join(f"answers.push({question});" for question in questions), tmp_path
    )
    assert titles == ["AIIR-MIX on 2s3z", "LIIR on 2s3z", "AIIR-MIX on 8m"]
    assert players == [True] * 3
    assert pictures == [True] * 2
    assert (fits, anchored) == (True, True)
