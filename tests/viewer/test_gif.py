"""A GIF has all its pictures, and they show the battle."""

import numpy as np
import pytest
from PIL import Image, ImageSequence

from aiirmix.viewer.gif import END_MILLISECONDS, PICTURES_PER_STEP, STEP_MILLISECONDS, save_gif
from aiirmix.viewer.play_battle import play_policy
from aiirmix.viewer.scene import Scene
from aiirmix.viewer.style import SUPERSAMPLING
from aiirmix.viewer.view import FOOTER, HEADER, MAX_HEIGHT, WIDTH
from tests.viewer.sample_battles import AMBUSH, STORM

AGENTS, ENEMIES, HEALTH = (0x56, 0xB4, 0xE9), (0xF0, 0xA3, 0x0A), (0x8B, 0xD4, 0x50)
BURST, WALL, PLATEAU = (0xFF, 0x7A, 0x59), (0x39, 0x44, 0x5A), (0x2E, 0x3E, 0x5C)


def test_it_has_several_pictures_of_each_step_and_one_of_the_end(tmp_path):
    save_gif(AMBUSH, tmp_path / "battle.gif")
    with Image.open(tmp_path / "battle.gif") as image:
        lengths = [picture.info["duration"] for picture in ImageSequence.Iterator(image)]
        assert image.size == Scene(AMBUSH).picture(0).size
        assert image.width == WIDTH
        assert image.info["loop"] == 0
    assert len(lengths) == 4 * PICTURES_PER_STEP + 1
    assert sum(lengths) == 4 * STEP_MILLISECONDS + END_MILLISECONDS
    assert list(tmp_path.iterdir()) == [tmp_path / "battle.gif"]


def count(picture, colour, nearly=40):
    """Count the pixels of the battlefield, without header and footer, that are close to a colour."""
    pixels = np.asarray(picture).astype(int)[40:-10]
    return int((abs(pixels - np.array(colour)).max(-1) < nearly).sum())


def test_dead_units_vanish_and_health_bars_shrink():
    start, wounded, late = (Scene(AMBUSH).picture(time) for time in (0.0, 1.9, 3.75))
    assert count(start, AGENTS) > 1.5 * count(late, AGENTS) > 0
    assert count(start, HEALTH) > count(wounded, HEALTH) > count(late, HEALTH) > 0


def test_shots_and_blows_are_drawn_while_they_last():
    start, shot, blow, after = (Scene(AMBUSH).picture(time) for time in (0.0, 0.3, 1.3, 1.99))
    assert count(shot, AGENTS) > count(start, AGENTS) + 200
    assert count(blow, ENEMIES) > count(after, ENEMIES) + 200


def test_beams_are_drawn_while_they_sweep():
    start, swept, later = (Scene(STORM).picture(time) for time in (0.0, 0.5, 2.99))
    white = (0xFF, 0xFF, 0xFF)
    assert min(count(start, white), count(swept, white)) > 500
    assert count(later, white) == 0
    assert count(swept, BURST, nearly=80) > count(start, BURST, nearly=80) + 200


def test_an_explosion_is_as_large_as_its_splash():
    before, burst, after = (Scene(STORM).picture(time) for time in (1.0, 2.1, 3.0))
    assert count(burst, BURST, nearly=80) > count(before, BURST, nearly=80) + 200
    assert count(after, BURST, nearly=80) < 10
    columns = np.nonzero(abs(np.asarray(burst).astype(int) - BURST).max(-1) < 80)[1]
    assert np.ptp(columns) == pytest.approx(2 * 2.2 * Scene(STORM).cell / SUPERSAMPLING, rel=0.05)


def test_walls_and_plateaus_are_drawn():
    flat, high = Scene(AMBUSH).picture(0.0), Scene(STORM).picture(0.0)
    assert count(flat, WALL, nearly=6) == count(flat, PLATEAU, nearly=6) == 0
    assert min(count(high, WALL, nearly=6), count(high, PLATEAU, nearly=6)) > 5000


@pytest.mark.parametrize("map_name", ["bane_vs_bane", "2c_vs_64zg", "27m_vs_30m"])
def test_pictures_are_no_higher_than_a_screen(map_name):
    width, height = Scene(play_policy("scripted", map_name, seed=0)).picture(3.5).size
    assert width == WIDTH
    assert height <= MAX_HEIGHT + HEADER + FOOTER
