"""The report: all that an experiment has on one page, and what it lacks."""

import re
import sys
from html.parser import HTMLParser

import pytest
import yaml

from aiirmix.report import page
from aiirmix.report.claim_spec import Claim
from aiirmix.report.diagnostics import diagnostics
from aiirmix.report.evaluations import read
from aiirmix.report.inventory import coverage, lacking, state_of
from aiirmix.report.judge import judge
from aiirmix.runs.lock import run_lock
from aiirmix.runs.recorded import find_runs
from aiirmix.viewer import trained_player
from tests.report.fake_runs import fake_run
from tests.viewer.chromium import answers_of, needs_chromium
from tests.viewer.sample_battles import AMBUSH, AMBUSH_WITHOUT_MODEL

CLAIMS = [
    Claim("AIIR-MIX beats LIIR", "5.2", ("2s3z",), ("aiir_mix",), ("liir",), "final"),
    Claim("LIIR beats <QMIX>", "5.2", ("2s3z",), ("liir",), ("qmix",), "final"),
]


@pytest.fixture
def experiment(tmp_path):
    """Five seeds of two models on two maps, of which some have not got far."""
    folder = tmp_path / "half"
    for seed in range(5):
        fake_run(folder, [0.0, 0.5, 0.9], seed=seed)
        fake_run(folder, [0.0, 0.1, 0.2 + seed / 100], model="liir", seed=seed)
    fake_run(folder, [0.0, 0.4], world="8m", budget=1000)
    failed = fake_run(folder, [], model="liir", world="8m", seed=1, budget=1000)
    (failed / "FAILED").write_text("ValueError: a <b> too many\n")
    (folder / "aiir_mix/2s3z/seed=0/run.log").write_text("".join(f"line {i} & more\n" for i in range(100)))
    return folder


@pytest.fixture
def write(monkeypatch, capsys):
    """What `report.py` writes with these arguments, or the message that it leaves with."""

    def command(folder, *arguments):
        monkeypatch.setattr(sys, "argv", ["report.py", str(folder), *map(str, arguments)])
        try:
            page.main()
        except SystemExit as left:
            return left.code
        return (folder / "report.html").read_text(encoding="utf-8")

    return command


class Text(HTMLParser):
    """What a reader reads, and the names of all elements."""

    def __init__(self, html):
        super().__init__()
        self.words, self.names, self.skipped = [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.skipped = tag == "style"

    def handle_endtag(self, tag):
        self.skipped = False

    def handle_data(self, data):
        if not self.skipped:
            self.words.append(data)

    def __str__(self):
        return " ".join(" ".join(self.words).split())


def test_it_asks_the_network_for_nothing(experiment, write):
    html = write(experiment, "--no-battles")
    outside = re.findall(r"""(?:src|href)="(?!data:|#)[^"]*"|@import|url\(|<link|<script""", html)
    assert outside == []


def test_it_says_what_there_is_and_names_what_is_missing(experiment, write):
    text = str(Text(write(experiment, "--no-battles")))
    assert "12 runs of 2 models on 2s3z, 8m; 10 complete" in text
    for line in (
        "2s3z 8m AIIR-MIX 5 of 5 runs 0 of 1 runs, 10 %",
        "LIIR 5 of 5 runs 0 of 1 runs, 1 failed, 0 %",
        "LIIR on 8m, seed 1: ValueError: a <b> too many",
        "AIIR-MIX on 8m: no run with seed 1, 2, 3, 4",
    ):
        assert line in text


def test_its_numbers_are_those_of_the_summary(experiment, write):
    text = str(Text(write(experiment, "--no-battles")))
    assert "AIIR-MIX 5 200 0.90 [0.90, 0.90]" in text
    assert "LIIR 5 200 0.22 [0.21, 0.23]" in text


def test_a_model_that_was_not_run_on_a_map_is_named(tmp_path):
    fake_run(tmp_path / "x", [0.5])
    fake_run(tmp_path / "x", [0.5], world="8m")
    fake_run(tmp_path / "x", [0.5], model="liir")
    assert lacking(find_runs(tmp_path / "x")) == ["LIIR on 8m: not run"]


def test_the_share_of_the_budget_is_counted_over_all_runs_of_a_model_on_a_map(tmp_path):
    """Of 200, 200 and 600 environment steps, 200, 100 and 0; a running run is told from an interrupted one."""
    for seed, (win_rates, budget) in enumerate([([0.5] * 3, 200), ([0.5] * 2, 200), ([], 600)]):
        directory = fake_run(tmp_path / "x", win_rates, seed=seed, budget=budget)
    with run_lock(directory):
        [(cell, found)] = coverage(find_runs(tmp_path / "x")).items()
        assert (cell, str(found)) == (("aiir_mix", "2s3z"), "1 of 3 runs, 1 running, 30 %")
    assert str(coverage(find_runs(tmp_path / "x"))[cell]) == "1 of 3 runs, 30 %"


def test_nearly_all_is_not_all(tmp_path):
    fake_run(tmp_path / "x", [0.5] * 1000, every=1, budget=1000)
    assert str(coverage(find_runs(tmp_path / "x"))["aiir_mix", "2s3z"]) == "0 of 1 runs, 99 %"


def test_a_run_that_a_process_is_at_is_running(tmp_path):
    directory = fake_run(tmp_path / "x", [0.5], budget=1000)
    with run_lock(directory):
        [run] = find_runs(tmp_path / "x")
        assert state_of(run) == "running"
    assert state_of(run) == "unfinished"


def test_claims_are_shown_with_their_comparisons(experiment):
    runs = find_runs(experiment)
    evaluations = read(runs)
    html = page.report_page(runs, evaluations, [judge(one, evaluations) for one in CLAIMS], [])
    text = str(Text(html))
    assert "Of 2 claims, 1 hold, 0 do not, and 1 cannot be decided" in text
    assert "holds AIIR-MIX beats LIIR" in text
    assert "LIIR beats <QMIX>" in text
    assert "no complete run of qmix on 2s3z" in text


def test_whiskers_keep_their_order_and_zero_is_in_the_middle(experiment):
    verdict = judge(CLAIMS[0], read(find_runs(experiment)))
    [whisker] = page.whiskers(verdict)
    assert 0.5 < whisker.low <= whisker.middle <= whisker.high <= 0.98


def test_every_model_on_a_map_shows_its_runs(experiment, write):
    text = str(Text(write(experiment, "--no-battles")))
    assert "line 99 & more" in text
    assert "line 1 & more" not in text
    assert "… 40 lines before" in text
    assert "gamma: 0.99" in text
    assert "0123456789ab" in text


def test_diagnostics_are_grouped_and_drawn_for_each_seed(tmp_path):
    for seed in range(2):
        directory = fake_run(tmp_path / "x", [0.5], seed=seed)
        (directory / "metrics.csv").write_text(
            f"env_steps,test/return,test/win_rate,actor/loss,actor/never\n0,1.0,0.0,,\n100,3.0,0.5,{seed + 1}.0,\n"
        )
    actor, test = diagnostics(find_runs(tmp_path / "x"))
    assert [(chart.name, chart.low, chart.high, chart.last) for chart in actor.charts] == [("loss", 1.0, 2.0, 1.5)]
    assert [chart.name for chart in test.charts] == ["return", "win_rate"]
    assert test.charts[0].lines == ["0.0,31.0 100.0,1.0"] * 2


def test_an_experiment_without_evaluations_has_a_report(tmp_path, write):
    fake_run(tmp_path / "x", [], budget=1000)
    text = str(Text(write(tmp_path / "x")))
    assert "No run has been evaluated yet" in text
    assert "AIIR-MIX 0 of 1 runs, 0 %" in text


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"version": 1}, "environment is skirmish-2/2s3z and skirmish-1/2s3z"), ({"env__x": 1}, "env.x is absent and 1")],
)
def test_different_environments_are_not_averaged(tmp_path, write, changes, told):
    one = fake_run(tmp_path / "x", [0.5])
    another = fake_run(tmp_path / "x", [0.5], seed=1, **changes)
    assert write(tmp_path / "x") == f"error: {one} and {another} must not be mixed: {told}"
    assert not (tmp_path / "x" / "report.html").exists()


def test_a_wrong_claim_stops_it_in_one_line(experiment, write, tmp_path):
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump([{"clam": "x"}]))
    told = write(experiment, "--claims", tmp_path / "claims.yaml")
    assert told.startswith(f"error: {tmp_path}/claims.yaml, claim 1: unknown key clam; did you mean claim?")


def test_a_battle_that_cannot_be_played_is_explained(experiment, write):
    text = str(Text(write(experiment)))
    assert text.count(f"No battle: this version cannot take up {experiment}/") == 3


@needs_chromium
def test_battles_play_within_the_page(experiment, write, tmp_path, monkeypatch):
    """The frames are sandboxed: what they hold is looked at as a page of its own."""
    shown = {"aiir_mix": AMBUSH, "liir": AMBUSH_WITHOUT_MODEL}
    monkeypatch.setattr(trained_player, "play_model", lambda directory, seed: shown[directory.path.parts[-3]])
    html = write(experiment)
    frames = "[...document.querySelectorAll('iframe')]"
    asked = (
        f"{frames}.map(frame => frame.title)",
        f"{frames}.map(frame => frame.srcdoc.includes('id=\"battlefield\"'))",
        "[...document.querySelectorAll('.battle figure img')].map(image => image.naturalWidth > 0)",
        "document.documentElement.scrollWidth <= innerWidth",
        "[...document.querySelectorAll('nav a')].every(link => document.querySelector(link.getAttribute('href')))",
    )
    titles, players, pictures, fits, anchored = answers_of(
        html, "".join(f"answers.push({question});" for question in asked), tmp_path
    )
    assert titles == ["AIIR-MIX on 2s3z", "LIIR on 2s3z", "AIIR-MIX on 8m"]
    assert players == [True] * 3
    assert pictures == [True] * 2
    assert (fits, anchored) == (True, True)
