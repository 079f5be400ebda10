"""Runs a page in headless Chromium."""

import json
import shutil
import subprocess
from html import unescape

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--window-size=1400,860", "--dump-dom"),
)
LISTEN = "<script>window.errors = []; onerror = message => errors.push(message);</script>"
ANSWER = """<script>addEventListener("load", () => {
  const answers = [];
  try { %s } catch (error) { errors.push(String(error)); }
  document.body.replaceChildren(Object.assign(document.createElement("pre"),
    {textContent: JSON.stringify({errors, answers})}));
});</script>"""

needs_chromium = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium found; install it, e.g. with `apt-get install chromium`"
)


def answers_of(page, script, folder, address=""):
    """Return what `script` pushes to `answers` once the page has loaded; an error in the page fails the test."""
    file = folder / "page.html"
    instrumented = page.replace("<head>", f"<head>{LISTEN}").replace("</body>", f"{ANSWER % script}</body>")
    file.write_text(instrumented, encoding="utf-8")
    command = [str(BROWSER), *FLAGS, f"--user-data-dir={folder / 'profile'}", f"{file.as_uri()}{address}"]
    dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    result = json.loads(unescape(dom.partition("<pre>")[2].partition("</pre>")[0]))
    assert result["errors"] == []
    return result["answers"]
