"""Drawing of figure 5: rewards and attention over a battle."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from aiirmix.report.battle_highlights import Highlight, deaths, insight_of, unit_name
from aiirmix.report.labels import spread, write_title_and_notes
from aiirmix.report.style import (
    AGENT_COLOURS,
    DASHED,
    DOTTED,
    GREY,
    PAGE_WIDTH,
    RC_PARAMS,
    SOLID,
    Dashes,
    display_name,
    readable,
)
from aiirmix.viewer.recording import Recording
from aiirmix.viewer.style import COLOURS

MAX_ROWS = 3
"""Agents whose attention is shown, at most."""
LABEL_HEIGHT = 0.115
"""The height of a line of text, in inches."""
ENEMY_COLOUR = readable(COLOURS["enemies"])


def draw_insight(
    recording: Recording, highlights: Sequence[Highlight], path: Path, title: str, kind: str | None = None
) -> None:
    """Draw rewards with the highlights marked, and the attention of agents of one kind, or else of the first agents."""
    rows = [] if insight_of(recording).attention is None else _attending(recording, kind)
    with rc_context(RC_PARAMS):
        figure = Figure(figsize=(PAGE_WIDTH if rows else 0.6 * PAGE_WIDTH, 3.9), layout="constrained")
        grid = GridSpec(6, 2 if rows else 1, figure)
        panels = [figure.add_subplot(grid[:5, 0]), figure.add_subplot(grid[5, 0])]
        _draw_rewards(panels[0], recording)
        _draw_team(panels[1], recording)
        height = 6 // max(1, len(rows))
        for row, agent in enumerate(rows):
            panels.append(figure.add_subplot(grid[row * height : (row + 1) * height, 1]))
            panels[-1].set_ylim(0, 1.05 * largest_weight(recording, rows))
            _draw_attention(panels[-1], recording, agent, 2.0 / len(rows))
        for axis in panels:
            _draw_steps(axis, recording, highlights, at_bottom=axis in (panels[1], panels[-1]))
        _letter(panels[0], highlights)
        draw_title_and_key(figure, recording, title, key_of(recording, highlights))
        figure.savefig(path)


def draw_title_and_key(figure: Figure, recording: Recording, title: str, key: str) -> None:
    """Write the title above, and below it the battle and the meaning of marks."""
    model, *trained = recording.played_by.split(", ")
    where = ", ".join([f"{display_name(model)} on {recording.battle_name}", *trained])
    battle = f"battle {recording.seed}, {recording.outcome} after {recording.steps} steps"
    write_title_and_notes(figure, title, f"{where}; {battle}\n{key}")


def key_of(recording: Recording, highlights: Sequence[Highlight]) -> str:
    """Explain marks and lines."""
    styles = dict(zip(_kinds(recording), ("solid", "dashed", "dotted"), strict=False))
    parts = [", ".join(f"{style}: {kind}" for kind, style in styles.items())] if len(styles) > 1 else []
    parts += ["×: death, in orange of an enemy"]
    parts += ["grey dots: even attention"] if insight_of(recording).attention is not None else []
    if highlights:
        parts += [f"{highlights[0].letter} to {highlights[-1].letter}: where a reward moves most"]
    key = "; ".join(parts)
    return f"{key[:1].upper()}{key[1:]}."


def largest_weight(recording: Recording, agents: Sequence[int]) -> float:
    """Return the largest weight of one of these agents for another living one; 1 if there is none."""
    attention, alive = insight_of(recording).attention, recording.alive[:-1, : recording.n_agents]
    assert attention is not None
    shown = alive[:, :, None] & alive[:, None] & ~np.eye(recording.n_agents, dtype=bool)
    return float(np.where(shown, attention, 0.0)[:, agents].max()) or 1.0


def _draw_rewards(axis: Axes, recording: Recording) -> None:
    r_in, ends = insight_of(recording).r_in, []
    for i in range(recording.n_agents):
        steps = np.flatnonzero(recording.alive[:-1, i])
        axis.plot(steps, r_in[steps, i], color=_colour(i), linewidth=1.3, linestyle=_dashes(recording, i))
        ends.append((float(r_in[steps[-1], i]), i))
        if len(steps) < recording.steps:
            axis.plot(steps[-1:], r_in[steps[-1:], i], color=_colour(i), marker="x", markersize=5, markeredgewidth=1.5)
    axis.set_ylabel(r"intrinsic reward $r^{\,\mathrm{in}}$")
    _label(axis, recording, ends, inches=2.1)


def _draw_team(axis: Axes, recording: Recording) -> None:
    """Draw the extrinsic reward, and above it the deaths of enemies."""
    axis.bar(np.arange(recording.steps), recording.reward, color="#AAAAAA", width=0.9)
    axis.set_ylabel(r"$r^{\,\mathrm{ex}}$")
    steps = [step - 1 for step, unit in deaths(recording) if recording.units[unit].hostile]
    above = axis.get_xaxis_transform()
    axis.plot(
        steps, np.ones(len(steps)), "x", color=ENEMY_COLOUR, transform=above, clip_on=False, markersize=5, mew=1.5
    )


def _draw_attention(axis: Axes, recording: Recording, agent: int, inches: float) -> None:
    attention = insight_of(recording).attention
    assert attention is not None
    alive = recording.alive[:-1, : recording.n_agents]
    steps, ends = np.flatnonzero(alive[:, agent]), []
    axis.plot(steps, 1 / alive[steps].sum(-1), color=GREY, linewidth=0.9, linestyle=(0, (1, 2)))
    for j in range(recording.n_agents):
        seen = steps[alive[steps, j]]
        if j != agent and len(seen):
            weights = attention[seen, agent, j]
            axis.plot(seen, weights, color=_colour(j), linewidth=1.1, linestyle=_dashes(recording, j))
            ends.append((float(weights[-1]), j))
    axis.set_title(f"attention weights of {unit_name(recording, agent)}", loc="left", fontsize=7.5)
    _label(axis, recording, ends, inches)


def _draw_steps(axis: Axes, recording: Recording, highlights: Sequence[Highlight], at_bottom: bool) -> None:
    """Draw the time axis of a panel, with a line at each highlight."""
    axis.set_xlim(0, max(1, recording.steps - 1))
    axis.tick_params(labelbottom=at_bottom)
    if at_bottom:
        axis.set_xlabel("step of the battle")
    for highlight in highlights:
        axis.axvline(highlight.step, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)), zorder=0.6)


def _letter(axis: Axes, highlights: Sequence[Highlight]) -> None:
    for highlight in highlights:
        axis.annotate(
            highlight.letter, (highlight.step, 1.01), xycoords=("data", "axes fraction"), ha="center", color=GREY
        )


def _label(axis: Axes, recording: Recording, ends: Sequence[tuple[float, int]], inches: float) -> None:
    """Write the agents' names beside the ends of their lines, in a panel of a height in inches."""
    bottom, top = axis.get_ylim()
    ends = sorted(ends)
    places = [(value - bottom) / (top - bottom) for value, _ in ends]
    for (_, i), centre in zip(ends, spread(places, [LABEL_HEIGHT / inches] * len(ends), top=1.1), strict=True):
        colour = readable(_colour(i))
        name = unit_name(recording, i)
        axis.annotate(name, (1.02, centre), xycoords="axes fraction", va="center", fontsize=6.5, color=colour)


def _attending(recording: Recording, kind: str | None) -> list[int]:
    agents = list(range(recording.n_agents))
    return ([i for i in agents if recording.units[i].kind == kind] or agents)[:MAX_ROWS]


def _kinds(recording: Recording) -> list[str]:
    """Return the kinds of the agents, in their order."""
    return list(dict.fromkeys(unit.kind for unit in recording.units[: recording.n_agents]))


def _dashes(recording: Recording, agent: int) -> Dashes:
    """Return the line style of the agent's kind of unit."""
    return (SOLID, DASHED, DOTTED)[_kinds(recording).index(recording.units[agent].kind) % 3]


def _colour(agent: int) -> str:
    return AGENT_COLOURS[agent % len(AGENT_COLOURS)]
