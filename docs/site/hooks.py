"""What the site has beyond the pages of docs/: pages from elsewhere, equations, cards of models, results browsers."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from aiirmix.evaluation.pretrained import cards_table
from aiirmix.report.claims import judge_all
from aiirmix.report.evaluations import load
from aiirmix.report.leaderboard import board_table, check_board
from aiirmix.report.results_browser.page import browser_page

ROOT = Path(__file__).parents[2]
NOTEBOOK = "notebooks/aiir_mix.ipynb"
BORROWED = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md", NOTEBOOK: NOTEBOOK}
"""Files outside docs/, and their names on the site."""
KEPT = sorted((ROOT / "experiments" / "results").glob("*/evaluations.csv"))


PRINTED: dict[str, Callable[[], str]] = {
    "cards": cards_table,
    "leaderboard": lambda: board_table(check_board()),
    "browsers": lambda: "\n".join(f"- [{kept.parent.name}](browser/{kept.parent.name}.html)" for kept in KEPT),
}
"""What stands in a page for a comment of this name."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the borrowed pages and a results browser for each folder of kept evaluations."""
    for path, name in BORROWED.items():
        files.append(File.generated(config, name, content=(ROOT / path).read_text(encoding="utf-8")))
    for kept in KEPT:
        evaluations = load(kept)
        page = browser_page(evaluations, judge_all(evaluations, None, None), kept.parent.name)
        files.append(File.generated(config, f"browser/{kept.parent.name}.html", content=page))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Let links lead to the pages of the site, and fill in what commands print."""
    for path, name in BORROWED.items():
        markdown = re.sub(rf"\]\((\.\./)?{re.escape(path)}", f"]({name}", markdown)
    markdown = markdown.replace("](docs/", "](").replace("](../README.md)", "](index.md)")
    return re.sub(r"<!-- (\w+) -->", lambda place: PRINTED[place[1]](), markdown)


def on_page_content(html: str, **_: object) -> str:
    """Replace equations by MathML, which browsers draw without any script."""
    html = re.sub(r'<span class="arithmatex">\\\((.*?)\\\)</span>', _inline, html, flags=re.DOTALL)
    return re.sub(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', _block, html, flags=re.DOTALL)


def _inline(equation: re.Match[str]) -> str:
    return str(convert(unescape(equation[1])))


def _block(equation: re.Match[str]) -> str:
    return f'<div class="equation">{convert(unescape(equation[1]), display="block")}</div>'
