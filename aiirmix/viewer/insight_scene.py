"""Pictures of a battle with the attention of one agent on the map and its rewards below it, as the page shows them."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from aiirmix.common.errors import ConfigError
from aiirmix.viewer.motion import Snapshot
from aiirmix.viewer.recording import Recording
from aiirmix.viewer.scene import Draw, Scene
from aiirmix.viewer.style import COLOURS, SUPERSAMPLING, faint, font
from aiirmix.viewer.view import WIDTH

HEIGHT, PADDING, CAPTION = 104, 14, 24
"""The strip of charts, the space around each, and the height of its title, in pixels."""
RING = 1.8
"""Around the agent, as a multiple of its radius."""
FAINT, LEAST_OPACITY = 0.25, 0.35
"""The opacity of the other agents' lines, and of an arc without attention."""
ARC_WIDTH, ARC_POINTS = 18.0, 24


class InsightScene:
    """Draws one battle of a model with reward networks, as `Scene` does, with what one agent gets and attends to.

    Args:
        recording: the battle.
        agent: the agent's number, from 1.

    Raises:
        ConfigError: the battle has no rewards of a model, or there is no such agent.
    """

    def __init__(self, recording: Recording, agent: int) -> None:
        if recording.insight is None:
            raise ConfigError(f"--agent: {recording.played_by} gives agents no rewards of their own")
        if not 1 <= agent <= recording.n_agents:
            raise ConfigError(f"--agent must be from 1 to {recording.n_agents}, not {agent}")
        self.scene, self.agent = Scene(recording), agent - 1
        self.recording, self.insight = recording, recording.insight
        width, height = self.scene.size
        self.size = (width, height + HEIGHT * SUPERSAMPLING)

    def picture(self, time: float) -> Image.Image:
        """Draw the battle at a time from 0 to T, in steps."""
        return self.supersampled(time).resize((WIDTH, self.size[1] // SUPERSAMPLING), Image.Resampling.LANCZOS)

    def supersampled(self, time: float) -> Image.Image:
        """Draw the same picture, `SUPERSAMPLING` times larger."""
        whole = Image.new("RGB", self.size, COLOURS["rock"])
        whole.paste(self.scene.supersampled(time))
        draw = ImageDraw.Draw(whole, "RGBA")
        snapshot = self.scene.motion.at(time)
        if snapshot.dead_for[self.agent] < 0:
            self._draw_agent(draw, snapshot)
        self._draw_charts(draw, snapshot)
        return whole

    def _draw_agent(self, draw: Draw, snapshot: Snapshot) -> None:
        """Draw a ring around the agent, and arcs to those that it attends to."""
        scene, (x, y) = self.scene, self.scene.place(snapshot.places[self.agent])
        radius = RING * scene.radius(self.agent)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=COLOURS["text"], width=2 * SUPERSAMPLING)
        if self.insight.attention is None:
            return
        weights = self.insight.attention[snapshot.step][self.agent]
        for other, weight in enumerate(weights):
            if other != self.agent and snapshot.dead_for[other] < 0:
                colour = faint(COLOURS["attention"], min(1.0, LEAST_OPACITY + weight))
                width = round((1 + ARC_WIDTH * weight) * SUPERSAMPLING)
                draw.line(_arch(np.array([x, y]), scene.place(snapshot.places[other])), colour, width, "curve")

    def _draw_charts(self, draw: Draw, snapshot: Snapshot) -> None:
        charts = (
            ("reward of the team", self.recording.reward[:, None], 0, "text"),
            (f"intrinsic reward of agent {self.agent + 1}", self._while_alive(self.insight.r_in), self.agent, "agents"),
            (f"total reward of agent {self.agent + 1}", self._while_alive(self.insight.r_total), self.agent, "heal"),
        )
        wide = self.size[0] / len(charts)
        for index, (title, series, front, colour) in enumerate(charts):
            self._draw_chart(draw, snapshot, index * wide, title, series, front, COLOURS[colour])

    def _draw_chart(
        self,
        draw: Draw,
        snapshot: Snapshot,
        left: float,
        title: str,
        series: NDArray[np.float64],
        front: int,
        colour: str,
    ) -> None:
        """Draw the series [T, lines], one of them in front, and a cursor at the time."""
        low, high = _range(series)
        margin, top = PADDING * SUPERSAMPLING, self.scene.size[1] + CAPTION * SUPERSAMPLING
        width, height = self.size[0] / 3 - 2 * margin, self.size[1] - margin / 2 - top
        draw.text((left + margin, top - 4 * SUPERSAMPLING), title, COLOURS["text"], font(22), "ls")

        def point(step: float, value: float) -> tuple[float, float]:
            return left + margin + width * step / len(series), top + height * (high - min(max(value, low), high)) / (
                high - low
            )

        draw.line([point(0, 0.0), point(len(series), 0.0)], COLOURS["grid"], SUPERSAMPLING)
        for line in sorted(range(series.shape[1]), key=lambda line: line == front):
            stairs = [
                point(t + end, value) for t, value in enumerate(series[:, line]) for end in (0, 1) if value == value
            ]
            if stairs:
                draw.line(
                    stairs, colour if line == front else faint(colour, FAINT), SUPERSAMPLING * (1 + (line == front))
                )
        draw.line([point(snapshot.time, low), point(snapshot.time, high)], COLOURS["text"], SUPERSAMPLING)

    def _while_alive(self, rewards: NDArray[np.float64]) -> NDArray[np.float64]:
        """Replace the rewards of dead agents by NaN. [T, N] → [T, N]."""
        alive = self.recording.alive[:-1, : self.recording.n_agents]
        return np.where(alive, rewards, np.nan)


def scene_of(recording: Recording, agent: int | None) -> Scene | InsightScene:
    """Return what draws a battle, with the rewards and attention of an agent if one is named.

    Raises:
        ConfigError: the agent cannot be shown.
    """
    return Scene(recording) if agent is None else InsightScene(recording, agent)


def _range(series: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of the scale, at which lines are cut off: the last step may hold the bonus of a win."""
    known = series[:-1][np.isfinite(series[:-1])]
    low, high = min(0.0, *known), max(0.0, *known)
    return low, high if high > low else low + 1.0


def _arch(start: NDArray[np.float64], end: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Return the points of a curved line, which bulges upwards."""
    dx, dy = end - start
    bulge = np.sign(dx or 1.0) * (0.3 + 20 * SUPERSAMPLING / max(1.0, float(np.hypot(dx, dy))))
    control = (start + end) / 2 + bulge * np.array([dy, -dx])
    t = np.linspace(0, 1, ARC_POINTS)[:, None]
    points = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    return [(float(x), float(y)) for x, y in points]
