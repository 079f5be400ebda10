"""The look of figure 6."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from aiirmix.report.battle_drawing import draw_head
from aiirmix.report.battle_moments import TurningPoint, name_of_unit, what_it_does, who_just_died
from aiirmix.report.style import GREY, PAGE_WIDTH, STYLE
from aiirmix.viewer.recording import Recording
from aiirmix.viewer.scene import Scene

DURING = 0.4
"""When a step is shown: shots are on their way."""
RING = 2.0
"""Radius of the ring around an agent, as a multiple of its own."""
AROUND = 2.0
"""Cells around the units that snapshots show."""
FLATNESS = 0.46
"""Least height of a snapshot, as a share of its width."""
KEY = "Blue: agents, orange: enemies; ring: the agent; ×: somebody died there."

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""


def draw_snapshots(recording: Recording, points: Sequence[TurningPoint], path: Path, title: str) -> None:
    """Draws the battle at each of the points, with a ring around the agent."""
    scene, rows = Scene(recording), -(-len(points) // 2)
    box = box_of(scene, points)
    with rc_context(STYLE):
        height = 3.4 * (box[3] - box[1]) / (box[2] - box[0]) + 0.5
        figure = Figure(figsize=(PAGE_WIDTH, height * rows + 0.5), layout="constrained")
        for index, point in enumerate(points):
            _draw_snapshot(figure.add_subplot(rows, 2, index + 1), scene, point, box)
        draw_head(figure, recording, title, KEY)
        figure.savefig(path)


def box_of(scene: Scene, points: Sequence[TurningPoint]) -> Box:
    """The part of all snapshots in which there are units, in pixels as the scene is drawn."""
    living = [
        moment.places[moment.dead_for < 1] for point in points for moment in [scene.motion.at(point.step + DURING)]
    ]
    places, margin = scene.place(np.concatenate(living)), AROUND * scene.cell
    (left, top), (right, bottom) = places.min(0) - margin, places.max(0) + margin
    higher = max(0.0, FLATNESS * (right - left) - (bottom - top)) / 2
    return round(left), round(top - higher), round(right), round(bottom + higher)


def _draw_snapshot(axis: Axes, scene: Scene, point: TurningPoint, box: Box) -> None:
    time, recording = point.step + DURING, scene.recording
    left, top, right, bottom = box
    axis.imshow(
        np.asarray(scene.supersampled(time).crop(box)), extent=(left, right, bottom, top), interpolation="antialiased"
    )
    x, y = scene.place(scene.motion.at(time).places[point.agent])
    axis.add_patch(Circle((x, y), RING * scene.radius(point.agent), fill=False, edgecolor="#FFFFFF", linewidth=1.1))
    axis.set_axis_off()
    moves = f"{'rises' if point.change > 0 else 'falls'} from {point.before:.2f} to {point.after:.2f}"
    told = f"({point.letter}) step {point.step}: reward of {name_of_unit(recording, point.agent)} {moves}"
    axis.set_title(told.replace("-", "−"), loc="left", fontsize=7, fontweight="bold", pad=20)
    happens = f"it {what_it_does(recording, point.step, point.agent)}\n{who_just_died(recording, point.step)}"
    axis.annotate(happens, (0, 1.02), xycoords="axes fraction", fontsize=6.5, color=GREY).set_in_layout(False)
