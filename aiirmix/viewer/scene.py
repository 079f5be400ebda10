"""Pictures of a recorded battle at any time, drawn as the player draws them (`player/battlefield.js`)."""

from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw

from aiirmix.viewer.effects import draw_burst, draw_dead, draw_shot
from aiirmix.viewer.ground import draw_ground
from aiirmix.viewer.motion import Moment, Motion
from aiirmix.viewer.recording import Recording
from aiirmix.viewer.style import FINER, font, look
from aiirmix.viewer.view import FOOTER, HEADER, WIDTH, View

CROWD = 24
"""Units; if there are more, only the hurt have bars."""
LEGIBLE = 8.5
"""Pixels of radius, from which on units bear their numbers."""

Draw = ImageDraw.ImageDraw


class Scene(View):
    """Draws one battle."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(recording)
        self.motion = Motion(recording)

    def picture(self, time: float) -> Image.Image:
        """The battle at a time from 0 to T, in steps; between two moments everything has gone part of its way."""
        return self.drawn(time).resize((WIDTH, self.size[1] // FINER), Image.Resampling.LANCZOS)

    def drawn(self, time: float) -> Image.Image:
        """The same, as large as it is drawn."""
        picture = self._ground.copy()
        draw, moment = ImageDraw.Draw(picture, "RGBA"), self.motion.at(time)
        everybody = range(len(moment.places))
        living = [u for u in everybody if moment.dead_for[u] < 0]
        for u in sorted(set(everybody) - set(living)):
            draw_dead(self, draw, moment, u)
        for u in living:
            self._draw_unit(draw, moment, u)
        for draw_effect in (draw_burst, draw_shot):
            for u in everybody:
                draw_effect(self, draw, moment, u)
        for u in living:
            self._draw_bars(draw, moment, u)
        self._draw_frame(draw, moment)
        return picture

    @cached_property
    def _ground(self) -> Image.Image:
        picture = Image.new("RGB", self.size, look()["rock"])
        draw = ImageDraw.Draw(picture, "RGBA")
        draw_ground(self, draw)
        draw.rectangle((0, 0, self.size[0], HEADER * FINER), look()["rock"])
        return picture

    def _draw_unit(self, draw: Draw, moment: Moment, u: int) -> None:
        side, radius, (x, y) = self.side(u), self.radius(u), self.place(moment.places[u])
        edge = look()["ink"] if side == "agents" else look()[side]
        draw.polygon(self.outline(moment, u, radius), look()[f"{side}_body"], edge, width=2 * FINER)
        if radius >= LEGIBLE * FINER:
            draw.text((x, y), self._number(u), edge, font(max(9 * FINER, radius)), "mm")

    def _draw_bars(self, draw: Draw, moment: Moment, u: int) -> None:
        unit, radius, (x, y) = self.recording.units[u], self.radius(u), self.place(moment.places[u])
        is_whole = moment.health[u] >= unit.health_max and moment.shield[u] >= unit.shield_max
        if is_whole and len(self.recording.units) > CROWD:
            return
        bars = [(moment.health[u], unit.health_max, "health"), (moment.shield[u], unit.shield_max, "shield")]
        for row, (value, most, name) in enumerate(bars[: 1 + (unit.shield_max > 0)]):
            width = max(20.0 * FINER, 1.8 * radius)
            left, top = x - width / 2, y - 1.2 * radius - (6 + 4 * row) * FINER
            draw.rectangle((left - 1, top - 1, left + width + 1, top + 3 * FINER), look()["empty"])
            draw.rectangle((left, top, left + width * value / most, top + 3 * FINER - 1), look()[name])

    def _draw_frame(self, draw: Draw, moment: Moment) -> None:
        """Who is left, what is played, and how far the battle is."""
        width, middle, colours = self.size[0], HEADER * FINER / 2, look()
        alive = moment.dead_for < 0
        hostile = np.array([unit.hostile for unit in self.recording.units])
        title = f"{self.recording.settings['map']}   {self.recording.played_by}"
        draw.text((16 * FINER, middle), str((alive & ~hostile).sum()), colours["agents"], font(36), "lm")
        draw.text((width - 16 * FINER, middle), str((alive & hostile).sum()), colours["enemies"], font(36), "rm")
        draw.text((width / 2, middle), title, colours["text"], font(28), "mm")
        played = width * moment.time / self.recording.steps
        draw.rectangle((0, self.size[1] - FOOTER * FINER, width, self.size[1]), colours["rock"])
        draw.rectangle((0, self.size[1] - FOOTER * FINER / 2, played, self.size[1]), colours["text"])

    def _number(self, u: int) -> str:
        return str(1 + (u - self.recording.n_agents if self.recording.units[u].hostile else u))
