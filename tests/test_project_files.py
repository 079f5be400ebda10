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
TEXTS = [*(f"{name}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING")), *PAGES]
CONFIGURATION = sorted(path for folder in ("conf", "experiments") for path in (ROOT / folder).rglob("*.yaml"))
NEW_FILES = {"conf/logger/mlflow.yaml"}
"""Files that a text tells the reader to write."""


@pytest.mark.parametrize("name", [".github/workflows/ci.yml", "CONTRIBUTING.md", "README.md", *PAGES])
def test_commands_and_targets_exist(name):
    text = text_of(name)
    commands = set(re.findall(r"(?:`|^    |\| )aiirmix ([a-z]+(?:-[a-z]+)*)\b", text, re.MULTILINE))
    targets = set(re.findall(r"\bmake ([a-z][a-z0-9-]+)(?=`|\s{2,}|$)", text, re.MULTILINE))
    assert commands <= set(command_names())
    assert targets <= set(re.findall(r"^([a-z0-9-]+):", text_of("Makefile"), re.MULTILINE))


def test_the_workflow_tests_folders_and_files_that_exist():
    tested = re.findall(r"\btests/[\w.]+", text_of(".github/workflows/ci.yml"))
    assert tested
    assert [path for path in tested if not (ROOT / path).exists()] == []


def test_every_page_is_in_the_navigation_of_the_site():
    """The site, which is strict, is not built by the quick tests."""
    nav = text_of("docs/site/mkdocs.yml").partition("\nnav:")[2]
    listed = set(re.findall(r"[\w/]+\.md", nav)) - {"contributing.md", "changelog.md"}
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    assert listed == {page for page in pages if not page.startswith(("site/", "examples/"))}


def test_the_readme_shows_a_battle_the_two_commands_and_five_links():
    text = text_of("README.md")
    assert (ROOT / re.findall(r"!\[.*?\]\((.*?)\)", text)[0]).read_bytes().startswith(b"GIF89a")
    assert re.findall(r"^    (make \w+)", text, re.MULTILINE) == ["make train", "make test"]
    assert len(re.findall(r"^\* \[", text, re.MULTILINE)) == 5


def prose_of(name):
    """Return a page without its fenced code blocks, in which `#` begins no heading."""
    return re.sub(r"^```.*?^```", "", text_of(name), flags=re.MULTILINE | re.DOTALL)


def links_of(name):
    """Return the relative links of a page: the file from the root of the project, and the anchor or nothing."""
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(name)) if ":" not in link]
    parts = [link.partition("#") for link in links]
    here = (ROOT / name).parent
    return [((here / file).resolve().relative_to(ROOT).as_posix() if file else name, to) for file, _, to in parts]


def anchors_of(name):
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose_of(name), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_to_files_and_headings(name):
    broken = [file for file, _ in links_of(name) if not (ROOT / file).exists()]
    assert not broken
    assert not [(file, to) for file, to in links_of(name) if to and to not in anchors_of(file)]


def test_every_page_is_reached_from_the_readme():
    reached, new = set(), {"README.md"}
    while new:
        reached |= new
        new = {file for name in new for file, _ in links_of(name) if file.endswith(".md")} - reached
    assert set(TEXTS) <= reached


@pytest.mark.parametrize("name", [*TEXTS, "Makefile", *(path.relative_to(ROOT).as_posix() for path in CONFIGURATION)])
def test_files_that_a_text_names_exist(name):
    """The left column of the changelog's table has former names, and texts may give examples of new files."""
    text = re.sub(r"^\| .*? \| ", "", text_of(name), flags=re.MULTILINE) if name == "CHANGELOG.md" else text_of(name)
    named = set(re.findall(r"(?<![\w/.])(?:aiirmix|conf|docs|experiments|tests)/[\w/.-]+\.(?:csv|md|py|ya?ml)\b", text))
    assert not {file for file in named - NEW_FILES if not (ROOT / file).exists()}
