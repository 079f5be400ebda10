"""Drawing of figure 6: snapshots of a battle at its highlights."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from aiirmix.report.battle_highlights import Highlight, describe_action, recent_deaths, unit_name
from aiirmix.report.insight_drawing import draw_title_and_key
from aiirmix.report.style import GREY, PAGE_WIDTH, RC_PARAMS
from aiirmix.viewer.recording import Recording
from aiirmix.viewer.scene import Scene

SHOWN_AT = 0.4
"""The part of a timestep after which it is shown: shots are on their way."""
RING = 2.0
"""Radius of the ring around an agent, as a multiple of its own."""
PADDING = 2.0
"""Cells that snapshots show around the units."""
MIN_ASPECT = 0.46
"""Least height of a snapshot, as a fraction of its width."""
KEY = "Blue: agents, orange: enemies; ring: the agent; ×: somebody died there."

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""


def draw_snapshots(recording: Recording, highlights: Sequence[Highlight], path: Path, title: str) -> None:
    """Draw the battle at each of the highlights, with a ring around the agent."""
    scene, rows = Scene(recording), -(-len(highlights) // 2)
    box = box_of(scene, highlights)
    with rc_context(RC_PARAMS):
        height = 3.4 * (box[3] - box[1]) / (box[2] - box[0]) + 0.5
        figure = Figure(figsize=(PAGE_WIDTH, height * rows + 0.5), layout="constrained")
        for index, highlight in enumerate(highlights):
            _draw_snapshot(figure.add_subplot(rows, 2, index + 1), scene, highlight, box)
        draw_title_and_key(figure, recording, title, KEY)
        figure.savefig(path)


def box_of(scene: Scene, highlights: Sequence[Highlight]) -> Box:
    """Return the part of the scene that holds the units of all snapshots."""
    shown = [scene.motion.at(highlight.step + SHOWN_AT) for highlight in highlights]
    living = np.concatenate([moment.places[moment.dead_for < 1] for moment in shown])
    places, margin = scene.place(living), PADDING * scene.cell
    (left, top), (right, bottom) = places.min(0) - margin, places.max(0) + margin
    higher = max(0.0, MIN_ASPECT * (right - left) - (bottom - top)) / 2
    return round(left), round(top - higher), round(right), round(bottom + higher)


def _draw_snapshot(axis: Axes, scene: Scene, highlight: Highlight, box: Box) -> None:
    time, agent = highlight.step + SHOWN_AT, highlight.agent
    left, top, right, bottom = box
    picture = np.asarray(scene.supersampled(time).crop(box))
    axis.imshow(picture, extent=(left, right, bottom, top), interpolation="antialiased")
    x, y = scene.place(scene.motion.at(time).places[agent])
    axis.add_patch(Circle((x, y), RING * scene.radius(agent), fill=False, edgecolor="#FFFFFF", linewidth=1.1))
    axis.set_axis_off()
    _describe(axis, scene.recording, highlight)


def _describe(axis: Axes, recording: Recording, highlight: Highlight) -> None:
    """Write above a snapshot how the reward changes, what the agent does, and who died just before."""
    step, agent = highlight.step, highlight.agent
    change = f"{'rises' if highlight.change > 0 else 'falls'} from {highlight.before:.2f} to {highlight.after:.2f}"
    heading = f"({highlight.letter}) step {step}: reward of {unit_name(recording, agent)} {change}".replace("-", "−")
    axis.set_title(heading, loc="left", fontsize=7, fontweight="bold", pad=20)
    text = f"it {describe_action(recording, step, agent)}\n{recent_deaths(recording, step)}"
    axis.annotate(text, (0, 1.02), xycoords="axes fraction", fontsize=6.5, color=GREY).set_in_layout(False)
