"""Pictures of a recorded battle at any time, drawn as the page draws them (`player/battlefield.js`)."""

from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw

from aiirmix.viewer.effects import draw_burst, draw_dead, draw_shot
from aiirmix.viewer.ground import draw_ground
from aiirmix.viewer.motion import Motion, Snapshot
from aiirmix.viewer.recording import Recording
from aiirmix.viewer.style import COLOURS, SIZES, SUPERSAMPLING, font
from aiirmix.viewer.view import FOOTER, HEADER, WIDTH, View

Draw = ImageDraw.ImageDraw


class Scene(View):
    """Draws one battle."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(recording)
        self.motion = Motion(recording)

    def picture(self, time: float) -> Image.Image:
        """Draw the battle at a time from 0 to T, in steps, interpolated between timesteps."""
        return self.supersampled(time).resize((WIDTH, self.size[1] // SUPERSAMPLING), Image.Resampling.LANCZOS)

    def supersampled(self, time: float) -> Image.Image:
        """Draw the same picture, `SUPERSAMPLING` times larger."""
        picture = self._ground.copy()
        draw, snapshot = ImageDraw.Draw(picture, "RGBA"), self.motion.at(time)
        everyone = range(len(snapshot.places))
        living = [u for u in everyone if snapshot.dead_for[u] < 0]
        for u in sorted(set(everyone) - set(living)):
            draw_dead(self, draw, snapshot, u)
        for u in living:
            self._draw_unit(draw, snapshot, u)
        for draw_effect in (draw_burst, draw_shot):
            for u in everyone:
                draw_effect(self, draw, snapshot, u)
        for u in living:
            self._draw_bars(draw, snapshot, u)
        self._draw_frame(draw, snapshot)
        return picture

    @cached_property
    def _ground(self) -> Image.Image:
        picture = Image.new("RGB", self.size, COLOURS["rock"])
        draw = ImageDraw.Draw(picture, "RGBA")
        draw_ground(self, draw)
        draw.rectangle((0, 0, self.size[0], HEADER * SUPERSAMPLING), COLOURS["rock"])
        return picture

    def _draw_unit(self, draw: Draw, snapshot: Snapshot, u: int) -> None:
        side, radius, (x, y) = self.side(u), self.radius(u), self.place(snapshot.places[u])
        edge = COLOURS["ink"] if side == "agents" else COLOURS[side]
        draw.polygon(self.outline(snapshot, u, radius), COLOURS[f"{side}_body"], edge, width=2 * SUPERSAMPLING)
        if radius >= SIZES.numbered_radius * SUPERSAMPLING:
            number, size = str(self.recording.number(u)), max(SIZES.least_number * SUPERSAMPLING, radius)
            draw.text((x, y), number, edge, font(size), "mm")

    def _draw_bars(self, draw: Draw, snapshot: Snapshot, u: int) -> None:
        unit, radius, (x, y) = self.recording.units[u], self.radius(u), self.place(snapshot.places[u])
        is_whole = snapshot.health[u] >= unit.health_max and snapshot.shield[u] >= unit.shield_max
        if is_whole and len(self.recording.units) > SIZES.crowd:
            return
        bars = [(snapshot.health[u], unit.health_max, "health"), (snapshot.shield[u], unit.shield_max, "shield")]
        for row, (value, most, name) in enumerate(bars[: 1 + (unit.shield_max > 0)]):
            width = max(SIZES.least_bar_width * SUPERSAMPLING, SIZES.bar_width * radius)
            left, top = x - width / 2, y - 1.2 * radius - (6 + 4 * row) * SUPERSAMPLING
            draw.rectangle((left - 1, top - 1, left + width + 1, top + 3 * SUPERSAMPLING), COLOURS["empty"])
            draw.rectangle((left, top, left + width * value / most, top + 3 * SUPERSAMPLING - 1), COLOURS[name])

    def _draw_frame(self, draw: Draw, snapshot: Snapshot) -> None:
        """Draw the number of survivors, the title and a progress bar."""
        width, middle = self.size[0], HEADER * SUPERSAMPLING / 2
        alive = snapshot.dead_for < 0
        hostile = np.array([unit.hostile for unit in self.recording.units])
        title = f"{self.recording.map_name}   {self.recording.played_by}"
        edge = 16 * SUPERSAMPLING
        draw.text((edge, middle), str((alive & ~hostile).sum()), COLOURS["agents"], font(36), "lm")
        draw.text((width - edge, middle), str((alive & hostile).sum()), COLOURS["enemies"], font(36), "rm")
        draw.text((width / 2, middle), title, COLOURS["text"], font(28), "mm")
        if self.recording.teams:
            agents, enemies = self.recording.teams
            draw.text((edge, 2 * middle), agents, COLOURS["agents"], font(18), "la")
            draw.text((width - edge, 2 * middle), enemies, COLOURS["enemies"], font(18), "ra")
        played = width * snapshot.time / self.recording.steps
        draw.rectangle((0, self.size[1] - FOOTER * SUPERSAMPLING, width, self.size[1]), COLOURS["rock"])
        draw.rectangle((0, self.size[1] - FOOTER * SUPERSAMPLING / 2, played, self.size[1]), COLOURS["text"])
