"""A recording as a GIF."""

import os
from pathlib import Path

from PIL import Image

from aiirmix.viewer.recording import Recording
from aiirmix.viewer.scene import Scene

PICTURES_PER_STEP = 3
STEP_MILLISECONDS = 360
"""The game's own speed "faster"."""
END_MILLISECONDS = 2000
COLOURS = 64


def save_gif(recording: Recording, path: Path) -> None:
    """Writes the GIF, whole or not at all: PICTURES_PER_STEP pictures for each step, and one of the end."""
    scene, count = Scene(recording), recording.steps * PICTURES_PER_STEP
    palette = scene.picture(recording.steps / 2).quantize(COLOURS)
    first, *others = (
        scene.picture(index / PICTURES_PER_STEP).quantize(palette=palette, dither=Image.Dither.NONE)
        for index in range(count + 1)
    )
    durations = [STEP_MILLISECONDS // PICTURES_PER_STEP] * count + [END_MILLISECONDS]
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        first.save(temporary, "GIF", save_all=True, append_images=others, duration=durations, loop=0)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
