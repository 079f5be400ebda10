"""Files of the project that no program reads agree with those that programs do."""

import re
from pathlib import Path

import pytest
import yaml

from aiirmix.cli.main import command_names

ROOT = Path(__file__).parents[1]


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_commits_are_checked_with_the_tested_ruff():
    hooks = yaml.safe_load(text_of(".pre-commit-config.yaml"))["repos"]
    [revision] = [repo["rev"] for repo in hooks if repo["repo"].endswith("/ruff-pre-commit")]
    assert f"ruff=={revision.removeprefix('v')}\n" in text_of("constraints.txt")


def test_the_citation_names_the_paper_and_its_journal_version():
    citation = yaml.safe_load(text_of("CITATION.cff"))
    assert citation["preferred-citation"]["title"].startswith("AIIR-MIX: Multi-Agent Reinforcement Learning Meets")
    [journal] = citation["references"]
    assert (journal["journal"], journal["doi"]) == ("IEEE Transactions on Games", "10.1109/TG.2023.3263013")


PAGES = sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("name", [".github/workflows/ci.yml", "CONTRIBUTING.md", "README.md", *PAGES])
def test_commands_and_targets_exist(name):
    text = text_of(name)
    commands = set(re.findall(r"(?:`|^    |\| )aiirmix ([a-z]+(?:-[a-z]+)*)\b", text, re.MULTILINE))
    targets = set(re.findall(r"\bmake ([a-z][a-z0-9-]+)(?=`|\s{2,}|$)", text, re.MULTILINE))
    assert commands <= set(command_names())
    assert targets <= set(re.findall(r"^([a-z0-9-]+):", text_of("Makefile"), re.MULTILINE))


def test_the_workflow_tests_folders_that_exist():
    folders = re.findall(r"\btests/\w+", text_of(".github/workflows/ci.yml"))
    assert folders
    assert all((ROOT / folder).is_dir() for folder in folders)
