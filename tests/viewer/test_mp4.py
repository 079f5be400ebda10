"""A video has all its pictures, and they show the battle."""

import numpy as np
import pytest

from aiirmix.viewer.mp4 import END_PICTURES, PICTURES_PER_SECOND, PICTURES_PER_STEP, save_mp4
from aiirmix.viewer.scene import Scene
from tests.marks import slow
from tests.viewer.sample_battles import AMBUSH, STORM

imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="videos need the extra `video`")


def pictures_of(path):
    """Return the metadata of a video, and its pictures [pictures, rows, columns, RGB]."""
    reader = imageio_ffmpeg.read_frames(str(path))
    metadata = next(reader)
    width, height = metadata["size"]
    return metadata, np.stack([np.frombuffer(picture, np.uint8).reshape(height, width, 3) for picture in reader])


@pytest.mark.parametrize("recording", [AMBUSH, *slow([STORM])])
def test_its_pictures_are_those_of_the_scene(tmp_path, recording):
    save_mp4(recording, tmp_path / "battle.mp4")
    metadata, pictures = pictures_of(tmp_path / "battle.mp4")
    scene = Scene(recording)
    assert metadata["size"] == scene.size
    assert metadata["fps"] == pytest.approx(float(PICTURES_PER_SECOND), abs=0.01)
    assert len(pictures) == recording.steps * PICTURES_PER_STEP + END_PICTURES
    for index, time in ((0, 0.0), (13, 1.3), (len(pictures) - 1, recording.steps)):
        expected = np.asarray(scene.supersampled(time)).astype(int)
        assert np.abs(pictures[index] - expected).mean() < 3.0
    assert list(tmp_path.iterdir()) == [tmp_path / "battle.mp4"]
