"""Runs a page in headless Chromium."""

import json
import os
import shutil
import signal
import subprocess
from contextlib import contextmanager, suppress
from html import unescape

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)
LISTEN = "<script>window.errors = []; onerror = message => errors.push(message);</script>"
ANSWER = """<script>addEventListener("load", () => {
  const answers = [];
  try { %s } catch (error) { errors.push(String(error)); }
  document.body.replaceChildren(Object.assign(document.createElement("pre"),
    {textContent: JSON.stringify({errors, answers})}));
});</script>"""

needs_chromium = pytest.mark.skipif(
    BROWSER is None or not hasattr(os, "killpg"),
    reason="no Chromium found; install it, e.g. with `apt-get install chromium`",
)


@contextmanager
def browser(*arguments, **settings):
    """Start Chromium, and kill it with all of its processes in the end."""
    with subprocess.Popen([str(BROWSER), *FLAGS, *arguments], start_new_session=True, **settings) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def answers_of(page, script, folder, address=""):
    """Return what `script` pushes to `answers` once the page has loaded; an error in the page fails the test."""
    file = folder / "page.html"
    instrumented = page.replace("<head>", f"<head>{LISTEN}").replace("</body>", f"{ANSWER % script}</body>")
    file.write_text(instrumented, encoding="utf-8")
    arguments = ("--window-size=1400,860", "--dump-dom", f"--user-data-dir={folder / 'profile'}")
    # A pipe would stay open for as long as any of its processes lives.
    with (
        (folder / "dom.html").open("w+", encoding="utf-8") as dom,
        browser(*arguments, f"{file.as_uri()}{address}", stdout=dom, stderr=subprocess.DEVNULL) as process,
    ):
        assert process.wait(timeout=120) == 0
        dom.seek(0)
        answer = dom.read().partition("<pre>")[2].partition("</pre>")[0]
    result = json.loads(unescape(answer))
    assert result["errors"] == []
    return result["answers"]
