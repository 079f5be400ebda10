"""What a page does in headless Chromium."""

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

needs_chromium = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium to load pages in")


def answers_of(page, script, folder, address=""):
    """What `script` puts into `answers` after the page has loaded; any error of the page's scripts fails the test."""
    file = folder / "page.html"
    watched = page.replace("<head>", f"<head>{LISTEN}").replace("</body>", f"{ANSWER % script}</body>")
    file.write_text(watched, encoding="utf-8")
    command = [str(BROWSER), *FLAGS, f"--user-data-dir={folder / 'profile'}", f"{file.as_uri()}{address}"]
    dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    told = json.loads(unescape(dom.partition("<pre>")[2].partition("</pre>")[0]))
    assert told["errors"] == []
    return told["answers"]
