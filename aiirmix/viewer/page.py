"""A recording as one self-contained page that plays it: no network, nothing to install."""

import json
import re
from html import escape
from pathlib import Path

from aiirmix.viewer.recording import Recording

PLAYER = Path(__file__).parent / "player"
SCRIPTS = ("battle.js", "pen.js", "ground.js", "effects.js", "battlefield.js", "charts.js", "player.js")


def player_page(recording: Recording) -> str:
    """The page as HTML. To show it within another page, make it the `srcdoc` of an `<iframe>`.

    Its address may end in `#step=12&agent=3`, which is then what it shows first.
    """
    parts = {
        "title": escape(f"{recording.settings['map']}: {recording.played_by}"),
        "style": _read("player.css"),
        "recording": _embedded(json.dumps(recording.as_plain(), separators=(",", ":"))),
        "look": _embedded(_read("look.json")),
        "script": "\n".join(_read(name).replace('"use strict";\n\n', "") for name in SCRIPTS),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], _read("player.html"))


def _embedded(data: str) -> str:
    """JSON that cannot end the element it stands in."""
    return data.replace("<", "\\u003c")


def _read(name: str) -> str:
    return (PLAYER / name).read_text(encoding="utf-8")
