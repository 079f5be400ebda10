"""What is seen of weapons and deaths in a picture, as the player shows it (`player/effects.js`)."""

import numpy as np
from PIL import ImageDraw

from aiirmix.viewer.motion import Moment
from aiirmix.viewer.style import FINER, faint, look
from aiirmix.viewer.view import Points, View

MELEE_RANGE = 2.0
"""Cells; weapons of shorter range strike, others shoot."""
FADING = 1.5
"""Steps in which the dead vanish."""
BURST = 1.0
"""Steps that an explosion lasts."""
EARLIER = 0.35
"""Steps; an explosion begins before the moment that shows the dead."""

Draw = ImageDraw.ImageDraw


def draw_dead(view: View, draw: Draw, moment: Moment, u: int) -> None:
    """A dead unit dissolves and leaves a mark."""
    faded = min(1.0, moment.dead_for[u] / FADING)
    place, colour, radius = view.place(moment.places[u]), look()[view.side(u)], view.radius(u)
    for arm in (np.array([0.4, 0.4]), np.array([0.4, -0.4])):
        draw.line([*(place - radius * arm), *(place + radius * arm)], faint(colour, 0.35), 2 * FINER)
    vanishing = faint(colour, 0.8 * (1 - faded))
    draw.polygon(view.outline(moment, u, radius * (1 - 0.5 * faded)), vanishing)
    draw.circle((place[0], place[1]), radius * (1 + 1.5 * faded), outline=vanishing, width=2 * FINER)


def draw_burst(view: View, draw: Draw, moment: Moment, u: int) -> None:
    """What bursts in its death reaches as far as its splash."""
    splash, since = view.recording.units[u].splash, (moment.dead_for[u] + EARLIER) / BURST
    if splash > 0.0 and 0.0 <= since < 1.0:
        x, y = view.place(moment.places[u])
        radius = splash * view.cell * min(1.0, 0.3 + 2 * since)
        inside, edge = (faint(look()["burst"], opacity * (1 - since)) for opacity in (0.3, 1.0))
        draw.circle((x, y), radius, inside, edge, 5)


def draw_shot(view: View, draw: Draw, moment: Moment, u: int) -> None:
    """What a unit fires in the step that is going on: a shot flies, a blow flashes, beams sweep, healing flows."""
    part, units = moment.time - moment.step, view.recording.units
    target = view.recording.fired_at[moment.step, u]
    if target < 0 or part >= 1.0:
        return
    start, end = view.place(moment.places[[u, target]])
    if units[target].hostile == units[u].hostile:
        draw.line([*start, *end], faint(look()["heal"], min(1.0, 2.5 * (1 - part))), 4 * FINER)
    elif units[u].sweep > 0.0:
        _draw_beams(view, draw, u, start, end, part)
    else:
        _draw_missile(view, draw, u, start, end, part)


def _draw_missile(view: View, draw: Draw, u: int, start: Points, end: Points, part: float) -> None:
    head = min(1.0, 1.7 * part)
    tail = max(0.0, head - 0.3)
    if view.recording.units[u].range < MELEE_RANGE:
        tail, head = 0.3, 0.8
    colour = faint(look()[view.side(u)], min(1.0, 2.5 * (1 - part)))
    draw.line([*(start + tail * (end - start)), *(start + head * (end - start))], colour, 4 * FINER)


def _draw_beams(view: View, draw: Draw, u: int, start: Points, end: Points, part: float) -> None:
    """Two beams sweep a line across the target, from its ends past each other."""
    way = (end - start) / max(1.0, float(np.hypot(*(end - start))))
    reach = view.recording.units[u].sweep * view.cell * np.array([-way[1], way[0]])
    done, fade = min(1.0, 1.3 * part), min(1.0, 3 * (1 - part))
    for first in (end - reach, end + reach):
        point = first + 2 * done * (end - first)
        draw.line([*first, *point], faint(look()["burst"], 0.6 * fade), 5 * FINER)
        if done < 1.0:
            draw.line([*start, *point], faint(look()[view.side(u)], 0.55), 6 * FINER)
            draw.line([*start, *point], "#FFFFFF", 3)
