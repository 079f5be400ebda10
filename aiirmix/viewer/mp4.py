"""A recording as a video. Needs the extra `video`."""

from contextlib import closing
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_file
from aiirmix.viewer.gif import STEP_MILLISECONDS
from aiirmix.viewer.insight_scene import scene_of
from aiirmix.viewer.recording import Recording

PICTURES_PER_STEP = 10
PICTURES_PER_SECOND = Fraction(1000 * PICTURES_PER_STEP, STEP_MILLISECONDS)
END_PICTURES = 56
"""The end is shown for two seconds."""
QUALITY = 8
"""Of 10; thin lines blur at less."""


def require_encoder() -> None:
    """Check that videos can be written.

    Raises:
        ConfigError: the encoder is not installed.
    """
    if find_spec("imageio_ffmpeg") is None:
        raise ConfigError('videos need the extra `video`: pip install "aiirmix[video]"; a .gif needs no extra')


def save_mp4(recording: Recording, path: Path, agent: int | None = None) -> None:
    """Write the video atomically: `PICTURES_PER_STEP` pictures for each step, and `END_PICTURES` of the end.

    `agent` is the number of one whose rewards and attention are shown.
    """
    import imageio_ffmpeg

    scene, count = scene_of(recording, agent), recording.steps * PICTURES_PER_STEP
    with atomic_file(path) as temporary:
        encoder = imageio_ffmpeg.write_frames(
            str(temporary), scene.size, fps=PICTURES_PER_SECOND, quality=QUALITY, macro_block_size=2
        )
        with closing(encoder):
            encoder.send(None)
            for index in range(count + END_PICTURES):
                encoder.send(scene.supersampled(min(index / PICTURES_PER_STEP, recording.steps)).tobytes())
