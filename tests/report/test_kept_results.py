"""The tables of the pages are those that commands print from the kept results."""

import re
from pathlib import Path

import pytest

from aiirmix.cli.main import main

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "experiments" / "results"
KEPT = sorted(file.parent.name for file in RESULTS.glob("*/evaluations.csv"))


def rows_of(file):
    """Return the rows of a file's tables."""
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("|")]


@pytest.mark.parametrize("name", KEPT)
def test_the_kept_tables_are_those_of_the_kept_evaluations(name, capsys):
    assert main(["summary", str(RESULTS / name / "evaluations.csv")]) == 0
    assert capsys.readouterr().out == (RESULTS / name / "summary.md").read_text(encoding="utf-8")


def test_the_kept_verdicts_are_those_of_the_kept_evaluations(capsys):
    assert main(["claims", str(RESULTS / "paper" / "evaluations.csv")]) == 0
    assert set(rows_of(RESULTS / "paper" / "claims.md")) <= set(capsys.readouterr().out.splitlines())


def test_the_page_of_results_has_the_kept_tables():
    kept = rows_of(RESULTS / "paper" / "summary.md") + rows_of(RESULTS / "paper" / "claims.md")
    assert rows_of(ROOT / "docs" / "results.md") == kept


def test_all_kept_battles_are_of_the_version_that_the_page_of_results_names():
    assert "**All kept results are of simulator version 2.**" in (ROOT / "docs" / "results.md").read_text(
        encoding="utf-8"
    )
    rows = [
        row for name in KEPT for row in (RESULTS / name / "evaluations.csv").read_text(encoding="utf-8").splitlines()
    ]
    versions = {match[0] for row in rows if (match := re.search(r"skirmish-\d+(?=/)", row))}
    assert versions == {"skirmish-2"}


def test_the_page_of_the_simulator_has_rows_that_calibrate_printed():
    printed = rows_of(RESULTS / "calibration" / "tables.md")
    policies = ("| random |", "| scripted |", "| scan_margin ", "| body_fraction ", "| formation_")
    shown = [row for row in rows_of(ROOT / "docs" / "skirmish.md") if row.startswith(policies)]
    assert len(shown) > 20
    assert set(shown) <= set(printed)
