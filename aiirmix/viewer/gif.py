"""A recording as a GIF."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from aiirmix.common.files import atomic_file
from aiirmix.viewer.insight_scene import InsightScene, scene_of
from aiirmix.viewer.recording import Recording
from aiirmix.viewer.scene import Scene
from aiirmix.viewer.style import STEPS_PER_SECOND

PICTURES_PER_STEP = 3
PICTURE_MILLISECONDS = 10 * round(100 / STEPS_PER_SECOND / PICTURES_PER_STEP)
"""The closest to the game's speed, in the hundredths of a second that GIFs count in."""
STEP_MILLISECONDS = PICTURE_MILLISECONDS * PICTURES_PER_STEP
END_MILLISECONDS = 2000
COLOUR_COUNT = 64
INSIGHT_TIMES = (0.15, 0.3, 0.5, 0.8)
"""Fractions of a battle: an agent that dies has no colours of its attention later."""


def save_gif(recording: Recording, path: Path, agent: int | None = None) -> None:
    """Write the GIF atomically: `PICTURES_PER_STEP` pictures for each step, and one of the end.

    `agent` is the number of one whose rewards and attention are shown.
    """
    scene, count = scene_of(recording, agent), recording.steps * PICTURES_PER_STEP
    palette = _palette(scene, [0.5] if agent is None else INSIGHT_TIMES)
    first, *others = (
        scene.picture(index / PICTURES_PER_STEP).quantize(palette=palette, dither=Image.Dither.NONE)
        for index in range(count + 1)
    )
    durations = [PICTURE_MILLISECONDS] * count + [END_MILLISECONDS]
    with atomic_file(path) as temporary:
        first.save(temporary, "GIF", save_all=True, append_images=others, duration=durations, loop=0)


def _palette(scene: Scene | InsightScene, times: Sequence[float]) -> Image.Image:
    """Return a picture with the colours of the GIF, chosen for pictures at these fractions of the battle."""
    pictures = [scene.picture(time * scene.recording.steps) for time in times]
    width, height = pictures[0].size
    together = Image.new("RGB", (width, height * len(pictures)))
    for row, picture in enumerate(pictures):
        together.paste(picture, (0, row * height))
    return together.quantize(COLOUR_COUNT * len(times))
