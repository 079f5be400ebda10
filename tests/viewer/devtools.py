"""Drives headless Chromium by its DevTools protocol: pages at any width, questions to them, and what goes wrong."""

import json
import re
import subprocess
import time
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from urllib.request import urlopen

from websocket import WebSocket, create_connection

from tests.viewer.chromium import browser

SECONDS = 60
"""After which a question fails."""


class Tab:
    """One tab. `problems` collects exceptions, errors in the console and requests that failed or left the machine."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket, self.numbers, self.loaded = socket, count(1), False
        self.problems = list[str]()
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method, **params):
        """Call a method of the protocol, and return its result."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = self._receive()
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    def open(self, address, width=1280, height=900):
        """Load a page in a window of this size, and forget earlier problems."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        for url in ("about:blank", address):  # the first, as another fragment of the same page would load nothing
            self.problems, self.loaded = [], False
            self.send("Page.navigate", url=url)
            while not self.loaded:
                self._receive()

    def ask(self, expression):
        """Evaluate JavaScript, wait for a promise, and return the value."""
        answer = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _receive(self):
        message = json.loads(self.socket.recv())
        match message.get("method"), message.get("params"):
            case "Page.loadEventFired", _:
                self.loaded = True
            case "Runtime.exceptionThrown", params:
                self.problems.append(params["exceptionDetails"].get("exception", params)["description"])
            case "Log.entryAdded", {"entry": {"level": "error", **entry}}:
                self.problems.append(f"{entry['text']} {entry.get('url', '')}")
            case "Network.requestWillBeSent", {"request": {"url": address}}:
                if not address.startswith(
                    ("file:", "data:", "blob:", "about:", "http://127.0.0.1", "http://localhost")
                ):
                    self.problems.append(f"left the machine: {address}")
        return message


@contextmanager
def browser_tab(folder: Path):
    """Start a browser with its profile in the folder, and yield its tab."""
    folder.mkdir(exist_ok=True)
    log = folder / "log"
    address = ("--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={folder}")
    with (
        log.open("w") as output,
        browser(*address, "about:blank", stderr=output, stdout=subprocess.DEVNULL),
        closing(create_connection(_address(log), timeout=SECONDS)) as socket,
    ):
        yield Tab(socket)


def _address(log: Path) -> str:
    """Return the address of the protocol in the first tab, once the browser says in its log where it listens."""
    deadline = time.monotonic() + SECONDS
    while not (found := re.search(r"listening on \S+:(\d+)/", log.read_text())):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    with urlopen(f"http://127.0.0.1:{found[1]}/json", timeout=SECONDS) as answer:
        [page] = [target for target in json.load(answer) if target["type"] == "page"]
    return str(page["webSocketDebuggerUrl"])
