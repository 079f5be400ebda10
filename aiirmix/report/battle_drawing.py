"""The look of figures 5 and 6."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.patches import Circle

from aiirmix.report.battle_moments import TurningPoint, insight_of, name_of_unit, what_it_does
from aiirmix.report.drawing import spread
from aiirmix.report.look import AGENT_COLOURS, GREY, PAGE_WIDTH, STYLE, name_of, readable
from aiirmix.watching.look import FINER
from aiirmix.watching.recording import Recording
from aiirmix.watching.scene import Scene
from aiirmix.watching.view import FOOTER, HEADER

MOST_ROWS = 3
"""Agents whose attention is shown."""
LABEL_HEIGHT = 0.115
"""Of a line of text, in inches."""
DURING = 0.4
"""When a step is shown: shots are on their way."""
RING = 1.1
"""Radius of the ring around an agent, in cells."""


def draw_insight(
    recording: Recording, points: Sequence[TurningPoint], path: Path, title: str, kind: str | None = None
) -> None:
    """Draws rewards, with the points marked, and the attention of agents of one kind, or of the first ones."""
    rows = [] if insight_of(recording).attention is None else _attending(recording, kind)
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE_WIDTH if rows else 0.6 * PAGE_WIDTH, 3.7), layout="constrained")
        grid = GridSpec(6, 2 if rows else 1, figure)
        _draw_rewards(figure.add_subplot(grid[:5, 0]), recording, points)
        _draw_team(figure.add_subplot(grid[5, 0]), recording)
        height = 6 // max(1, len(rows))
        for row, agent in enumerate(rows):
            axis = figure.add_subplot(grid[row * height : (row + 1) * height, 1])
            _draw_attention(axis, recording, agent, 2.0 / len(rows), at_bottom=row == len(rows) - 1)
        _head(figure, recording, title)
        figure.savefig(path)


def draw_snapshots(recording: Recording, points: Sequence[TurningPoint], path: Path, title: str) -> None:
    """Draws the battle at each of the points, with a ring around the agent."""
    scene, rows = Scene(recording), -(-len(points) // 2)
    with rc_context(STYLE):
        figure = Figure(figsize=(PAGE_WIDTH, 1.95 * rows + 0.45), layout="constrained")
        for index, point in enumerate(points):
            _draw_snapshot(figure.add_subplot(rows, 2, index + 1), scene, point)
        _head(figure, recording, title)
        figure.savefig(path)


def _draw_rewards(axis: Axes, recording: Recording, points: Sequence[TurningPoint]) -> None:
    r_in, ends = insight_of(recording).r_in, []
    for i in range(recording.n_agents):
        steps = np.flatnonzero(recording.alive[:-1, i])
        axis.plot(steps, r_in[steps, i], color=_colour(i), linewidth=1.3)
        ends.append((float(r_in[steps[-1], i]), i))
        if len(steps) < recording.steps:
            axis.plot(steps[-1:], r_in[steps[-1:], i], color=_colour(i), marker="x", markersize=4, markeredgewidth=1.2)
    for point in points:
        axis.axvline(point.step, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)), zorder=0)
        axis.annotate(point.letter, (point.step, 1.01), xycoords=("data", "axes fraction"), ha="center", color=GREY)
    axis.set(ylabel=r"intrinsic reward $r^{\,\mathrm{in}}$", xlim=(0, max(1, recording.steps - 1)))
    axis.tick_params(labelbottom=False)
    _label(axis, recording, ends, inches=2.1)


def _draw_team(axis: Axes, recording: Recording) -> None:
    axis.bar(np.arange(recording.steps), recording.reward, color="#AAAAAA", width=0.9)
    axis.set(xlabel="step of the battle", ylabel=r"$r^{\,\mathrm{ex}}$", xlim=(0, max(1, recording.steps - 1)))


def _draw_attention(axis: Axes, recording: Recording, agent: int, inches: float, at_bottom: bool) -> None:
    attention = insight_of(recording).attention
    assert attention is not None
    alive = recording.alive[:-1, : recording.n_agents]
    steps, ends = np.flatnonzero(alive[:, agent]), []
    axis.plot(steps, 1 / alive[steps].sum(-1), color=GREY, linewidth=0.7, linestyle=(0, (1, 2)))
    for j in range(recording.n_agents):
        seen = steps[alive[steps, j]]
        if j != agent and len(seen):
            axis.plot(seen, attention[seen, agent, j], color=_colour(j), linewidth=1.1)
            ends.append((float(attention[seen[-1], agent, j]), j))
    axis.set_title(f"attention of {name_of_unit(recording, agent)}", loc="left", fontsize=7.5)
    axis.set(xlim=(0, max(1, recording.steps - 1)), ylim=(0, None))
    if at_bottom:
        axis.set_xlabel("step of the battle  (dotted: even attention)")
    else:
        axis.tick_params(labelbottom=False)
    _label(axis, recording, ends, inches)


def _draw_snapshot(axis: Axes, scene: Scene, point: TurningPoint) -> None:
    time, recording = point.step + DURING, scene.recording
    axis.imshow(np.asarray(scene.picture(time))[HEADER:-FOOTER], interpolation="antialiased")
    cells = scene.motion.at(time).places[point.agent]
    x, y = scene.place(cells) / FINER
    axis.add_patch(Circle((x, y - HEADER), RING * scene.cell / FINER, fill=False, edgecolor="#FFFFFF", linewidth=1.1))
    axis.set_axis_off()
    moves = f"{'rises' if point.change > 0 else 'falls'} from {point.before:.2f} to {point.after:.2f}"
    told = f"({point.letter}) step {point.step}: reward of {name_of_unit(recording, point.agent)} {moves}"
    axis.set_title(told.replace("-", "−"), loc="left", fontsize=7, fontweight="bold", pad=11)
    doing = f"it {what_it_does(recording, point.step, point.agent)}"
    axis.annotate(doing, (0, 1.02), xycoords="axes fraction", fontsize=6.5, color=GREY)


def _head(figure: Figure, recording: Recording, title: str) -> None:
    model, *trained = recording.played_by.split(", ")
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
    where = ", ".join([f"{name_of(model)} on {recording.settings['map']}", *trained])
    told = f"{where}; battle {recording.seed}, {recording.outcome}"
    figure.supxlabel(told, x=0.01, ha="left", fontsize=6.5, color=GREY)


def _label(axis: Axes, recording: Recording, ends: Sequence[tuple[float, int]], inches: float) -> None:
    """Writes the agents' names beside the ends of their lines; the panel is so many inches high."""
    bottom, top = axis.get_ylim()
    ends = sorted(ends)
    places = [(value - bottom) / (top - bottom) for value, _ in ends]
    for (_, i), centre in zip(ends, spread(places, [LABEL_HEIGHT / inches] * len(ends), top=1.1), strict=True):
        style = readable(_colour(i))
        name = name_of_unit(recording, i)
        axis.annotate(name, (1.02, centre), xycoords="axes fraction", va="center", fontsize=6.5, color=style)


def _attending(recording: Recording, kind: str | None) -> list[int]:
    agents = list(range(recording.n_agents))
    return ([i for i in agents if recording.units[i].kind == kind] or agents)[:MOST_ROWS]


def _colour(agent: int) -> str:
    return AGENT_COLOURS[agent % len(AGENT_COLOURS)]
