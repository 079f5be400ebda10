"""A recording as one self-contained page that plays it: no network access, nothing to install."""

import json
import re
from html import escape
from importlib.resources import files
from typing import Any

from aiirmix.viewer.recording import GROUNDS, ORDERS, Recording

SCRIPTS = (
    *("constants.js", "battle.js", "pen.js", "ground.js", "effects.js", "battlefield.js", "charts.js"),
    "player.js",
)


def player_page(recording: Recording) -> str:
    """Return the page as HTML. To show it within another page, make it the `srcdoc` of an `<iframe>`.

    A fragment such as `#step=12&agent=3` in its address selects what the page shows first.
    """
    parts = {
        "title": escape(f"{recording.map_name}: {recording.played_by}"),
        "style": read_player_file("player.css"),
        "recording": _embedded(recording.to_dict()),
        "constants": _embedded(constants()),
        "script": "\n".join(read_player_file(name).replace('"use strict";\n\n', "") for name in SCRIPTS),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], read_player_file("player.html"))


def constants() -> dict[str, Any]:
    """Return what the scripts share with Python: `style.json`, and the names behind the numbers of a recording."""
    return {**json.loads(read_player_file("style.json")), "grounds": GROUNDS, "orders": ORDERS}


def read_player_file(name: str) -> str:
    """Return the text of a file of the page."""
    return (files("aiirmix.viewer") / "player" / name).read_text(encoding="utf-8")


def _embedded(data: object) -> str:
    """Return JSON that cannot end the element it stands in."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
