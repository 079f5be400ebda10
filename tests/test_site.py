"""The site builds strictly, and its pages work in a browser: search, equations, dark mode, narrow screens."""

import functools
import os
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.viewer.chromium import needs_chromium
from tests.viewer.devtools import browser_tab

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "docs" / "site" / "mkdocs.yml"
ALGORITHMS = ["aiir_mix", "rmix", "aiir", "liir", "qmix", "vdn", "iql", "qtran", "coma", "ippo", "mappo"]
WITH_EQUATIONS = [name for name in ALGORITHMS if name not in ("ippo", "mappo")] + ["ppo"]
NARROW = 390
SEARCH = """new Promise(resolve => {
  const field = document.querySelector("[data-md-component=search-query]");
  document.querySelector("#__search").checked = true;
  field.focus();
  field.value = "%s";
  field.dispatchEvent(new InputEvent("input", {bubbles: true}));
  field.dispatchEvent(new KeyboardEvent("keyup", {bubbles: true}));
  const results = () => [...document.querySelectorAll(".md-search-result__link")].map(link => link.href);
  const timer = setInterval(() => { if (results().length) { clearInterval(timer); resolve(results()); } }, 100);
  setTimeout(() => resolve(results()), 20000);
})"""

pytestmark = pytest.mark.slow


def build(config, folder):
    """Build the site; return the exit code and what was printed."""
    command = [sys.executable, "-m", "mkdocs", "build", "--config-file", config, "--site-dir", folder]
    found_here = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": found_here}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site in a folder."""
    folder = tmp_path_factory.mktemp("site")
    code, text = build(CONFIG, folder)
    assert code == 0, text
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return sorted(page.relative_to(site).as_posix() for page in site.rglob("*.html") if page.name != "404.html")


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and prints nothing."""

    def log_message(self, *arguments):
        """Print nothing."""


@pytest.fixture(scope="module")
def address(site):
    """Serve the site on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser_tab(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def test_every_algorithm_has_a_page_and_every_kept_folder_a_browser(pages):
    kept = {f"browser/{file.parent.name}.html" for file in (ROOT / "experiments" / "results").glob("*/evaluations.csv")}
    assert {f"{name}.html" for name in ALGORITHMS} | kept <= set(pages)


@pytest.mark.parametrize("fault", ["[a page](nowhere.md)", "[a heading](start.md#nowhere)", "::: aiirmix.nowhere"])
def test_a_broken_link_or_reference_is_an_error(fault, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text(f"# Title\n\n{fault}\n")
    (docs / "start.md").write_text("# Start\n")
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: x\nstrict: true\nplugins: [mkdocstrings]\nvalidation: {anchors: warn}\n"
    )
    code, text = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert code == 1
    assert "nowhere" in text


@needs_chromium
def test_pages_load_without_errors_and_from_this_machine_alone(tab, address, pages):
    found = {}
    for page in pages:
        tab.open(f"{address}/{page}")
        found[page] = tab.problems
    assert {page: problems for page, problems in found.items() if problems} == {}
    assert len(found) > 40


@needs_chromium
def test_pages_can_be_read_on_a_narrow_screen(tab, address, pages):
    """Nothing is wider than the screen, save what scrolls by itself."""
    wide = []
    for page in pages:
        tab.open(f"{address}/{page}", width=NARROW)
        if tab.ask("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(page)
    assert wide == []


@needs_chromium
@pytest.mark.parametrize(
    ("words", "page"),
    [("meta-gradient", "aiir_mix.html"), ("bootstrap", "protocol.html"), ("load_policy", "reference/")],
)
def test_the_search_answers(tab, address, words, page):
    tab.open(f"{address}/index.html")
    results = tab.ask(SEARCH % words)
    assert any(page in result for result in results), results


@needs_chromium
@pytest.mark.parametrize("name", WITH_EQUATIONS)
def test_equations_are_drawn(tab, address, name):
    tab.open(f"{address}/{name}.html")
    assert tab.ask("[...document.querySelectorAll('math')].every(one => one.getBoundingClientRect().width > 0)")
    assert tab.ask("document.querySelectorAll('math').length") > 0
    assert not tab.ask("/\\$.*\\\\[a-z]+|\\\\\\(/.test(document.querySelector('article').innerText)")


@needs_chromium
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_reader_s_preference_for_darkness_is_followed(address, tmp_path, scheme):
    with browser_tab(tmp_path) as tab:  # a reader's choice is kept in the profile
        tab.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for page in ("index.html", "browser/paper.html"):
            tab.open(f"{address}/{page}")
            colour = tab.ask("getComputedStyle(document.body).backgroundColor")
            brightness = sum(int(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3])
            assert brightness < 200 if scheme == "dark" else brightness > 600


@needs_chromium
def test_the_first_page_shows_the_battle_without_scrolling(tab, address):
    tab.open(f"{address}/index.html", height=900)
    assert tab.ask("document.querySelector('article img').getBoundingClientRect().top") < 450
    assert tab.ask("document.querySelector('article img').naturalWidth") == 720
