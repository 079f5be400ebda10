"""Weapons, deaths and explosions in a picture, drawn as the page draws them (`player/effects.js`)."""

import numpy as np
from PIL import ImageDraw

from aiirmix.viewer.motion import Snapshot
from aiirmix.viewer.style import COLOURS, EFFECTS, SUPERSAMPLING, faint
from aiirmix.viewer.view import Points, View

Draw = ImageDraw.ImageDraw


def draw_dead(view: View, draw: Draw, snapshot: Snapshot, u: int) -> None:
    """Draw a dead unit, which dissolves and leaves a cross."""
    faded = min(1.0, snapshot.dead_for[u] / EFFECTS.death_steps)
    place, colour, radius = view.place(snapshot.places[u]), COLOURS[view.side(u)], view.radius(u)
    size = EFFECTS.cross_size
    for arm in (np.array([size, size]), np.array([size, -size])):
        ends = [*(place - radius * arm), *(place + radius * arm)]
        draw.line(ends, faint(colour, EFFECTS.cross_opacity), 2 * SUPERSAMPLING)
    vanishing = faint(colour, EFFECTS.death_opacity * (1 - faded))
    draw.polygon(view.outline(snapshot, u, radius * (1 - EFFECTS.death_shrinkage * faded)), vanishing)
    ring = radius * (1 + EFFECTS.death_ring * faded)
    draw.circle((place[0], place[1]), ring, outline=vanishing, width=2 * SUPERSAMPLING)


def draw_burst(view: View, draw: Draw, snapshot: Snapshot, u: int) -> None:
    """Draw the explosion in which a unit dies, as large as its splash."""
    splash = view.recording.units[u].splash
    age = (snapshot.dead_for[u] + EFFECTS.burst_lead) / EFFECTS.burst_steps
    if splash > 0.0 and 0.0 <= age < 1.0:
        x, y = view.place(snapshot.places[u])
        radius = splash * view.cell * min(1.0, EFFECTS.burst_start + EFFECTS.burst_growth * age)
        inside, edge = (faint(COLOURS["burst"], opacity * (1 - age)) for opacity in (EFFECTS.burst_opacity, 1.0))
        draw.circle((x, y), radius, inside, edge, 5)


def draw_shot(view: View, draw: Draw, snapshot: Snapshot, u: int) -> None:
    """Draw what a unit fires in the step in progress: a missile, a blow, beams or healing."""
    progress, units = snapshot.time - snapshot.step, view.recording.units
    target = view.recording.fired_at[snapshot.step, u]
    if target < 0 or progress >= 1.0:
        return
    start, end = view.place(snapshot.places[[u, target]])
    if units[target].hostile == units[u].hostile:
        draw.line([*start, *end], faint(COLOURS["heal"], _shot_opacity(progress)), 4 * SUPERSAMPLING)
    elif units[u].sweep > 0.0:
        _draw_beams(view, draw, u, start, end, progress)
    else:
        _draw_missile(view, draw, u, start, end, progress)


def _shot_opacity(progress: float) -> float:
    return min(1.0, EFFECTS.shot_fade * (1 - progress))


def _draw_missile(view: View, draw: Draw, u: int, start: Points, end: Points, progress: float) -> None:
    head = min(1.0, EFFECTS.missile_speed * progress)
    tail = max(0.0, head - EFFECTS.missile_length)
    if view.recording.units[u].range < EFFECTS.melee_range:
        tail, head = EFFECTS.blow_tail, EFFECTS.blow_head
    colour = faint(COLOURS[view.side(u)], _shot_opacity(progress))
    draw.line([*(start + tail * (end - start)), *(start + head * (end - start))], colour, 4 * SUPERSAMPLING)


def _draw_beams(view: View, draw: Draw, u: int, start: Points, end: Points, progress: float) -> None:
    """Draw two beams that sweep a line across the target, starting at its two ends."""
    direction = (end - start) / max(1.0, float(np.hypot(*(end - start))))
    reach = view.recording.units[u].sweep * view.cell * np.array([-direction[1], direction[0]])
    swept, fade = min(1.0, EFFECTS.beam_speed * progress), min(1.0, EFFECTS.beam_fade * (1 - progress))
    for first in (end - reach, end + reach):
        point = first + 2 * swept * (end - first)
        draw.line([*first, *point], faint(COLOURS["burst"], EFFECTS.glow_opacity * fade), 5 * SUPERSAMPLING)
        if swept < 1.0:
            draw.line([*start, *point], faint(COLOURS[view.side(u)], EFFECTS.beam_opacity), 6 * SUPERSAMPLING)
            draw.line([*start, *point], COLOURS["core"], 3)
