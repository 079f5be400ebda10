"""The page and the pictures take colours, sizes and effects from one file, and nothing else."""

import json
import re
from dataclasses import asdict

import pytest

from aiirmix.viewer.page import SCRIPTS, read_player_file
from aiirmix.viewer.recording import GROUNDS, ORDERS
from aiirmix.viewer.style import COLOURS, EFFECTS, GROUND, SHAPES, SIZES, STEPS_PER_SECOND, shape
from tests.viewer.chromium import needs_chromium
from tests.viewer.sample_battles import AMBUSH

SCRIPT = "\n".join(read_player_file(name) for name in SCRIPTS)


@needs_chromium
def test_the_page_has_the_constants_that_python_has(ask):
    [constants] = ask(AMBUSH, "CONSTANTS")
    assert constants == {
        "steps_per_second": STEPS_PER_SECOND,
        "colours": COLOURS,
        "sizes": asdict(SIZES),
        "effects": asdict(EFFECTS),
        "ground": asdict(GROUND),
        "shapes": SHAPES,
        "grounds": list(GROUNDS),
        "orders": list(ORDERS),
    }


@needs_chromium
@pytest.mark.parametrize("kind", ["marine", "a kind without a shape"])
def test_the_page_outlines_units_as_python_does(ask, kind):
    [outline] = ask(AMBUSH, f"outline({json.dumps(kind)})")
    assert [pytest.approx(point) for point in outline] == shape(kind).tolist()


@pytest.mark.parametrize(("group", "values"), [("SIZES", SIZES), ("EFFECTS", EFFECTS), ("GROUND", GROUND)])
def test_the_page_uses_every_constant(group, values):
    assert set(re.findall(rf"\b{group}\.(\w+)", SCRIPT)) == set(asdict(values))


def test_the_scripts_use_only_colours_that_exist():
    assert set(re.findall(r"\bCOLOURS\.(\w+)", SCRIPT)) <= set(COLOURS)
    styled = set(re.findall(r"var\(--(\w+)\)", read_player_file("player.css")))
    assert styled <= set(COLOURS) | {"page", "card", "pressed", "quiet"}


def test_no_script_has_a_colour_of_its_own():
    assert not re.findall(r"#[0-9a-fA-F]{6}\b", SCRIPT)
