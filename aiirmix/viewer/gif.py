"""A recording as a GIF."""

from pathlib import Path

from PIL import Image

from aiirmix.common.files import atomic_file
from aiirmix.viewer.recording import Recording
from aiirmix.viewer.scene import Scene
from aiirmix.viewer.style import STEPS_PER_SECOND

PICTURES_PER_STEP = 3
PICTURE_MILLISECONDS = 10 * round(100 / STEPS_PER_SECOND / PICTURES_PER_STEP)
"""The closest to the game's speed, in the hundredths of a second that GIFs count in."""
STEP_MILLISECONDS = PICTURE_MILLISECONDS * PICTURES_PER_STEP
END_MILLISECONDS = 2000
COLOUR_COUNT = 64


def save_gif(recording: Recording, path: Path) -> None:
    """Write the GIF atomically: `PICTURES_PER_STEP` pictures for each step, and one of the end."""
    scene, count = Scene(recording), recording.steps * PICTURES_PER_STEP
    palette = scene.picture(recording.steps / 2).quantize(COLOUR_COUNT)
    first, *others = (
        scene.picture(index / PICTURES_PER_STEP).quantize(palette=palette, dither=Image.Dither.NONE)
        for index in range(count + 1)
    )
    durations = [PICTURE_MILLISECONDS] * count + [END_MILLISECONDS]
    with atomic_file(path) as temporary:
        first.save(temporary, "GIF", save_all=True, append_images=others, duration=durations, loop=0)
