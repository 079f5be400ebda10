"""Pictures of a recorded battle at any time, drawn as the player draws them (`player/battlefield.js`)."""

import json
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from aiirmix.watching.motion import Moment, Motion
from aiirmix.watching.page import PLAYER
from aiirmix.watching.recording import ORDERS, Recording

WIDTH, HEADER, FOOTER = 720, 34, 6
"""Pixels."""
FINER = 2
"""Pictures are drawn so much larger and then shrunk, which smooths all edges."""
MARGIN = 2.0
"""Cells around the part of the map where the battle takes place."""
BODY = 0.85
"""Of a unit's radius: drawn a little smaller than they are, so that crowds can be told apart."""
MELEE_RANGE = 2.0
"""Cells; weapons of shorter range strike, others shoot."""
FADING = 1.5
"""Steps in which the dead vanish."""

Points = NDArray[np.float64]
"""[..., 2], pixels."""
Draw = ImageDraw.ImageDraw


class Scene:
    """Draws one battle."""

    def __init__(self, recording: Recording) -> None:
        self.recording, self.motion = recording, Motion(recording)
        left, right = recording.x.min() - MARGIN, recording.x.max() + MARGIN
        bottom, top = recording.y.min() - MARGIN, recording.y.max() + MARGIN
        higher = max(0.0, 0.46 * (right - left) - (top - bottom)) / 2
        self.cell = WIDTH * FINER / (right - left)
        self.corner = np.array([left, top + higher])
        self.size = (WIDTH * FINER, int((top - bottom + 2 * higher) * self.cell) + (HEADER + FOOTER) * FINER)

    def picture(self, time: float) -> Image.Image:
        """The battle at a time from 0 to T, in steps; between two moments everything has gone part of its way."""
        picture = self._ground.copy()
        draw, moment = ImageDraw.Draw(picture, "RGBA"), self.motion.at(time)
        places = self._place(moment.places)
        everybody = range(len(places))
        living = [u for u in everybody if moment.dead_for[u] < 0]
        for u in sorted(set(everybody) - set(living)):
            self._draw_dead(draw, moment, places[u], u)
        for u in living:
            self._draw_unit(draw, moment, places[u], u)
        for u in everybody:
            self._draw_shot(draw, moment, places, u)
        for u in living:
            self._draw_bars(draw, moment, places[u], u)
        self._draw_frame(draw, moment)
        return picture.resize((WIDTH, self.size[1] // FINER), Image.Resampling.LANCZOS)

    @cached_property
    def _ground(self) -> Image.Image:
        look = _look()
        picture = Image.new("RGB", self.size, look["rock"])
        draw = ImageDraw.Draw(picture)
        for cell in np.argwhere(self.recording.walkable):
            left, bottom = self._place(cell)
            box = (left, bottom - self.cell, left + self.cell, bottom)
            draw.rectangle(box, look["ground"], look["grid"])
        draw.rectangle((0, 0, self.size[0], HEADER * FINER), look["rock"])
        return picture

    def _draw_unit(self, draw: Draw, moment: Moment, place: Points, u: int) -> None:
        side, look = self._side(u), _look()
        edge = look["ink"] if side == "agents" else look[side]
        outline = self._outline(moment, place, u, self._radius(u))
        draw.polygon(outline, look[f"{side}_body"], edge, width=2 * FINER)
        draw.text((place[0], place[1]), self._number(u), edge, _font(max(9 * FINER, self._radius(u))), "mm")

    def _draw_dead(self, draw: Draw, moment: Moment, place: Points, u: int) -> None:
        """A dead unit dissolves and leaves a mark."""
        faded = min(1.0, moment.dead_for[u] / FADING)
        colour, radius = _look()[self._side(u)], self._radius(u)
        for arm in (np.array([0.4, 0.4]), np.array([0.4, -0.4])):
            draw.line([*(place - radius * arm), *(place + radius * arm)], _faint(colour, 0.35), 2 * FINER)
        draw.polygon(self._outline(moment, place, u, radius * (1 - 0.5 * faded)), _faint(colour, 0.8 * (1 - faded)))
        draw.circle(
            (place[0], place[1]), radius * (1 + 1.5 * faded), outline=_faint(colour, 0.8 * (1 - faded)), width=4
        )

    def _draw_shot(self, draw: Draw, moment: Moment, places: Points, u: int) -> None:
        """What a unit fires in the step that is going on: a shot flies, a blow flashes, healing flows."""
        step, part = moment.step, moment.time - moment.step
        target = self.recording.fired_at[step, u]
        if target < 0 or part >= 1.0:
            return
        flight = min(1.0, 1.7 * part)
        tail, head, colour = max(0.0, flight - 0.3), flight, _look()[self._side(u)]
        if ORDERS[self.recording.order[step, u]] == "heal":
            tail, head, colour = 0.0, 1.0, _look()["heal"]
        elif self.recording.units[u].range < MELEE_RANGE:
            tail, head = 0.3, 0.8
        start, way = places[u], places[target] - places[u]
        draw.line([*(start + tail * way), *(start + head * way)], _faint(colour, min(1.0, 2.5 * (1 - part))), 4 * FINER)

    def _draw_bars(self, draw: Draw, moment: Moment, place: Points, u: int) -> None:
        unit, radius, (x, y) = self.recording.units[u], self._radius(u), place
        bars = [(moment.health[u], unit.health_max, "health"), (moment.shield[u], unit.shield_max, "shield")]
        for row, (value, most, name) in enumerate(bars[: 1 + (unit.shield_max > 0)]):
            left, top, width = x - 0.9 * radius, y - 1.2 * radius - (6 + 4 * row) * FINER, 1.8 * radius
            draw.rectangle((left - 1, top - 1, left + width + 1, top + 3 * FINER), _look()["empty"])
            draw.rectangle((left, top, left + width * value / most, top + 3 * FINER - 1), _look()[name])

    def _draw_frame(self, draw: Draw, moment: Moment) -> None:
        """Who is left, what is played, and how far the battle is."""
        width, middle, look = self.size[0], HEADER * FINER / 2, _look()
        alive = moment.dead_for < 0
        hostile = np.array([unit.hostile for unit in self.recording.units])
        title = f"{self.recording.settings['map']}   {self.recording.played_by}"
        draw.text((16 * FINER, middle), str((alive & ~hostile).sum()), look["agents"], _font(36), "lm")
        draw.text((width - 16 * FINER, middle), str((alive & hostile).sum()), look["enemies"], _font(36), "rm")
        draw.text((width / 2, middle), title, look["text"], _font(28), "mm")
        played = width * moment.time / self.recording.steps
        draw.rectangle((0, self.size[1] - FOOTER * FINER, width, self.size[1]), look["rock"])
        draw.rectangle((0, self.size[1] - FOOTER * FINER / 2, played, self.size[1]), look["text"])

    def _place(self, cells: NDArray[Any]) -> Points:
        """Cells to pixels."""
        places: Points = (cells - self.corner) * (self.cell, -self.cell) + (0.0, HEADER * FINER)
        return places

    def _outline(self, moment: Moment, place: Points, u: int, radius: float) -> list[tuple[float, float]]:
        facing = moment.facing[u]
        turn = np.array([[np.cos(facing), -np.sin(facing)], [-np.sin(facing), -np.cos(facing)]])
        points = place + radius * _shape(self.recording.units[u].kind) @ turn
        return [(x, y) for x, y in points]

    def _radius(self, u: int) -> float:
        return max(7.0 * FINER, float(BODY * self.recording.units[u].radius * self.cell))

    def _side(self, u: int) -> str:
        return "enemies" if self.recording.units[u].hostile else "agents"

    def _number(self, u: int) -> str:
        return str(1 + (u - self.recording.n_agents if self.recording.units[u].hostile else u))


@cache
def _look() -> dict[str, Any]:
    look: dict[str, Any] = json.loads((PLAYER / "look.json").read_text(encoding="utf-8"))
    return look


@cache
def _shape(kind: str) -> Points:
    """The outline of a kind of unit of radius 1 that looks to the east, y upwards, [points, 2]."""
    shapes = _look()["shapes"]
    half = np.array(shapes.get(kind, shapes["other"]))
    degrees, radius = np.concatenate([half, half[-2:0:-1] * (-1, 1)]).T
    angles = np.radians(degrees)
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], -1)


@cache
def _font(size: float) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def _faint(colour: str, opacity: float) -> str:
    return f"{colour}{round(255 * opacity):02x}"
