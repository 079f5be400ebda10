"""A recording as a video. Needs the extra `video`."""

import os
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.viewer.gif import STEP_MILLISECONDS
from aiirmix.viewer.recording import Recording
from aiirmix.viewer.scene import Scene

PICTURES_PER_STEP = 10
PICTURES_PER_SECOND = Fraction(1000 * PICTURES_PER_STEP, STEP_MILLISECONDS)
END_PICTURES = 56
"""The end is shown for two seconds."""
QUALITY = 8
"""Of 10; lines this thin need it."""


def require_encoder() -> None:
    """Raises ConfigError unless videos can be written."""
    if find_spec("imageio_ffmpeg") is None:
        raise ConfigError('videos need the extra `video`: pip install "aiirmix[video]"; a .gif needs nothing')


def save_mp4(recording: Recording, path: Path) -> None:
    """Writes the video, whole or not at all: PICTURES_PER_STEP pictures for each step, and END_PICTURES of the end."""
    import imageio_ffmpeg

    scene, count = Scene(recording), recording.steps * PICTURES_PER_STEP
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    film = imageio_ffmpeg.write_frames(
        str(temporary), scene.size, fps=PICTURES_PER_SECOND, quality=QUALITY, macro_block_size=2
    )
    try:
        film.send(None)
        for index in range(count + END_PICTURES):
            film.send(scene.drawn(min(index / PICTURES_PER_STEP, recording.steps)).tobytes())
        film.close()
        os.replace(temporary, path)
    finally:
        film.close()
        temporary.unlink(missing_ok=True)
