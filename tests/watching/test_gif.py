"""A GIF has its pictures, and they show what happens."""

import numpy as np
import pytest
from PIL import Image, ImageSequence

from aiirmix.watching.gif import END_MILLISECONDS, PICTURES_PER_STEP, STEP_MILLISECONDS, save_gif
from aiirmix.watching.scene import WIDTH, Scene
from tests.watching.battles import AMBUSH

AGENTS, ENEMIES, HEALTH = (0x56, 0xB4, 0xE9), (0xF0, 0xA3, 0x0A), (0x8B, 0xD4, 0x50)


def test_it_has_a_picture_for_every_part_of_a_step_and_one_of_the_end(tmp_path):
    save_gif(AMBUSH, tmp_path / "battle.gif")
    with Image.open(tmp_path / "battle.gif") as image:
        lengths = [picture.info["duration"] for picture in ImageSequence.Iterator(image)]
        assert image.size == Scene(AMBUSH).picture(0).size
        assert image.width == WIDTH
        assert image.info["loop"] == 0
    assert len(lengths) == 4 * PICTURES_PER_STEP + 1
    assert sum(lengths) == 4 * STEP_MILLISECONDS + END_MILLISECONDS
    assert list(tmp_path.iterdir()) == [tmp_path / "battle.gif"]


def test_an_interrupted_gif_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_gif(AMBUSH, tmp_path / "battle.gif")
    assert list(tmp_path.iterdir()) == []


def count(picture, colour):
    """Pixels that are nearly of this colour, the line with the numbers of the living aside."""
    pixels = np.asarray(picture).astype(int)[40:]
    return int((abs(pixels - np.array(colour)).max(-1) < 40).sum())


def test_the_dead_vanish_and_health_bars_shrink():
    start, wounded, late = (Scene(AMBUSH).picture(time) for time in (0.0, 1.9, 3.75))
    assert count(start, AGENTS) > 1.5 * count(late, AGENTS) > 0
    assert count(start, HEALTH) > count(wounded, HEALTH) > count(late, HEALTH) > 0


def test_shots_and_blows_are_seen_while_they_last():
    start, shot, blow, after = (Scene(AMBUSH).picture(time) for time in (0.0, 0.3, 1.3, 1.99))
    assert count(shot, AGENTS) > count(start, AGENTS) + 200
    assert count(blow, ENEMIES) > count(after, ENEMIES) + 200
