"""The results browser: one page from kept evaluations, with filters, standings and the origin of every row."""

import re
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.common.statistics import fraction_above
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.report.estimates import Estimate, format_estimate
from aiirmix.report.evaluations import load
from aiirmix.report.results_browser import page
from aiirmix.report.results_browser.panels import HEIGHT, LEFT, RIGHT, TOP, WIDTH, Axes
from aiirmix.report.results_browser.standings import ALL_MAPS, all_standings
from aiirmix.report.summary import summarise
from tests.report.fake_runs import fake_run, run_command
from tests.report.test_page import Text
from tests.viewer.chromium import needs_chromium
from tests.viewer.devtools import browser_tab

RESULTS = Path(__file__).parents[2] / "experiments" / "results"
LEDGER = "model,space,trials,seeds,steps,maps,best,commit,date\nliir,small,8,2,200000,2s3z,0.5,abc,2026-01-01\n"


@pytest.fixture
def kept(tmp_path, capsys, monkeypatch):
    """Keep the evaluations of two models on a map, one of them also on another; and a ledger of searches."""
    for seed in range(5):
        fake_run(tmp_path / "runs" / "mine", [0.0, 0.5, 0.9], seed=seed)
        fake_run(tmp_path / "runs" / "mine", [0.0, 0.1, 0.2 + seed / 100], model="liir", seed=seed)
    fake_run(tmp_path / "runs" / "mine", [0.0, 0.4, 0.4], map_label="8m", model="liir")
    folder = tmp_path / "mine"
    assert run_command(capsys, "summary", tmp_path / "runs" / "mine", "--out", folder)[0] == 0
    (tmp_path / "ledger.csv").write_text(LEDGER)
    monkeypatch.setattr(page, "LEDGER", tmp_path / "ledger.csv")
    return folder


@pytest.fixture
def html(kept, capsys):
    """Write the page from the command line."""
    code, out, _ = run_command(capsys, "report", kept)
    assert (code, out) == (0, f"report: {kept / 'report.html'}\n")
    return (kept / "report.html").read_text(encoding="utf-8")


def test_the_page_refers_to_no_other_file(html):
    assert re.findall(r"""(?:src|href)="[^"]*"|@import|url\(|<link|<script [^>]|fetch\(""", html) == []


def test_every_row_says_where_its_numbers_are_from(html):
    text = str(Text(html))
    assert "8m LIIR 0 200 win rate 0.40 0.40" in text
    row = "2s3z LIIR 0, 1, 2, 3, 4 200 win rate 0.22 [0.21, 0.23]"
    origin = f"skirmish-{SKIRMISH_VERSION} 0123456789ab 8 trials × 2 seeds × 200,000 env steps × 1 map"
    assert re.search(rf"{re.escape(row)} 0.22 \[[^]]*\] 0.1\d \[[^]]*\] never {re.escape(origin)}", text)
    assert re.search(r"2s3z AIIR-MIX 0, 1, 2, 3, 4 200 .* skirmish-\d 0123456789ab not recorded", text)


def test_what_older_files_do_not_record_is_said_to_be_not_recorded(tmp_path):
    page.write_browser(RESULTS / "matrix_game" / "evaluations.csv", tmp_path / "page.html")
    text = str(Text((tmp_path / "page.html").read_text(encoding="utf-8")))
    assert "matrix_game not recorded not recorded" in text


def test_the_numbers_are_those_of_the_summary(html, kept):
    for row in summarise(load(kept / "evaluations.csv")):
        assert format_estimate([row.final]) in html


def test_inert_runs_are_marked(tmp_path):
    text = "map,model,seed,env_steps,win_rate,return,r_in/x/std,rewards/fraction_of_advantage\n"
    rows = (f"8m,liir,{seed},{step},0.5,1,0.1,0.001\n" for seed in range(2) for step in (0, 100))
    (tmp_path / "evaluations.csv").write_text(text + "".join(rows))
    page.write_browser(tmp_path / "evaluations.csv")
    assert '0.001 <b class="inert">inert</b>' in (tmp_path / "report.html").read_text(encoding="utf-8")


@given(st.lists(st.integers(0, 9), min_size=1), st.lists(st.integers(-1, 10), min_size=1))
def test_a_profile_counts_the_runs_above_each_threshold(scores, thresholds):
    expected = [sum(score > threshold for score in scores) / len(scores) for threshold in thresholds]
    found = fraction_above(np.array(thresholds, float))(np.array(scores, float))
    assert found == pytest.approx(expected)


def test_standings_are_those_worked_out_by_hand(kept):
    [standings] = [one for one in all_standings(summarise(load(kept / "evaluations.csv"))) if one.label == "2s3z"]
    assert standings.models == ["aiir_mix", "liir"]
    assert standings.improvements["aiir_mix", "liir"].value == 1.0
    at = int(np.argmin(abs(standings.profiles[1].thresholds - 0.22)))
    assert standings.profiles[1].fraction[[0, at, -1]].tolist() == pytest.approx([1.0, 0.4, 0.0])


def test_probabilities_of_improvement_complement_each_other_and_maps_count_equally():
    standings = all_standings(summarise(load(RESULTS / "constant_rate" / "evaluations.csv")))
    assert [one.label for one in standings] == [ALL_MAPS, "2s3z", "8m"]
    for one in standings:
        for pair in permutations(one.models, 2):
            assert one.improvements[pair].value + one.improvements[pair[::-1]].value == pytest.approx(1.0)
    overall, *maps = (one.improvements["qmix", "vdn"].value for one in standings)
    assert overall == pytest.approx(np.mean(maps))


def test_single_runs_have_no_intervals(tmp_path, capsys):
    for model, level in (("aiir_mix", 0.9), ("liir", 0.2)):
        fake_run(tmp_path / "runs", [0.0, level], model=model)
    run_command(capsys, "summary", tmp_path / "runs", "--out", tmp_path / "kept")
    [standings] = all_standings(summarise(load(tmp_path / "kept" / "evaluations.csv")))
    assert [one.interval for one in standings.profiles] == [None, None]
    assert standings.improvements["aiir_mix", "liir"] == Estimate(1.0, None)
    html = page.write_browser(tmp_path / "kept" / "evaluations.csv").read_text(encoding="utf-8")
    assert "<polygon" not in html
    assert not re.search(r"<small>\[", html)


def test_panels_have_the_origin_below_and_left():
    axes = Axes((0, 10), (0, 1))
    assert axes.points([0, 10], [0, 1]) == f"{LEFT:.1f},{HEIGHT - 34:.1f} {WIDTH - RIGHT:.1f},{TOP:.1f}"
    assert [tick.text for tick in axes.y_ticks()] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("map,model\n", "is no file of evaluations"),
        ("map,model,seed,env_steps,win_rate,return\n", "has no evaluations"),
    ],
)
def test_a_file_without_evaluations_is_refused_in_one_line(tmp_path, capsys, content, message):
    (tmp_path / "evaluations.csv").write_text(content)
    code, _, error = run_command(capsys, "report", tmp_path)
    assert (code, message in error, error.count("\n")) == (2, True, 1)


def test_the_page_may_be_written_into_a_folder_that_is_yet_to_be(kept, capsys, tmp_path):
    out = tmp_path / "some" / "where" / "page.html"
    assert run_command(capsys, "report", kept, "--out", out) == (0, f"report: {out}\n", "")
    assert out.exists()


def test_a_folder_of_folders_is_refused_with_one_of_them(kept, capsys):
    code, _, error = run_command(capsys, "report", kept.parent)
    assert (code, error) == (
        2,
        f"error: {kept.parent} has several folders of kept evaluations; choose one, such as {kept}\n",
    )


@needs_chromium
def test_filters_show_and_hide_and_the_address_remembers_them(html, kept, tmp_path):
    rows = "[...document.querySelectorAll('#table tbody tr')].filter(row => !row.hidden).length"
    groups = "document.querySelectorAll('.panel:not([hidden]) g[data-models]:not([hidden])').length"
    with browser_tab(tmp_path / "profile") as tab:
        tab.open((kept / "report.html").as_uri())
        assert [tab.ask(rows), tab.ask(groups)] == [3, 7]
        tab.ask("document.querySelector('[value=aiir_mix]').click()")
        assert [tab.ask(rows), tab.ask(groups)] == [2, 5]
        tab.ask("form.least.value = 5; form.dispatchEvent(new Event('input'))")
        assert [tab.ask(rows), tab.ask("location.hash")] == [1, "#model=liir&least=5"]
        tab.open((kept / "report.html").as_uri() + "#map=2s3z&seed=3", width=390)
        assert tab.ask(rows) == 2
        assert tab.ask("[...document.querySelectorAll('#table tr:not([hidden]) td')].some(d => d.innerText === '0.23')")
        assert tab.ask("document.documentElement.scrollWidth === document.documentElement.clientWidth")
        assert tab.problems == []
