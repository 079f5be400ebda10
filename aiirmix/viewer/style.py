"""Colours, sizes, effects and unit shapes, read from `player/style.json`.

The page reads the same file (`player/constants.js`), so pictures and page cannot differ in them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from aiirmix.viewer.page import read_player_file

SUPERSAMPLING = 2
"""Pictures are drawn this many times larger and then shrunk, which smooths all edges."""


@dataclass(frozen=True)
class Sizes:
    """Sizes in pixels, unless noted otherwise."""

    margin: float
    """Cells around all positions of units."""
    flatness: float
    """Least height of the view, as a fraction of its width."""
    body: float
    """Drawn radius as a fraction of a unit's radius: gaps keep the units of a crowd apart."""
    least_radius: float
    numbered_radius: float
    """Units of at least this radius show their number."""
    least_number: float
    """Least font size of a number."""
    crowd: int
    """Number of units above which only damaged units have bars."""
    bar_width: float
    """As a multiple of the unit's radius."""
    least_bar_width: float


@dataclass(frozen=True)
class Effects:
    """Weapons, deaths and explosions. Speeds and fades are per environment step."""

    melee_range: float
    """Cells; weapons of shorter range strike, others shoot."""
    shot_fade: float
    missile_speed: float
    """Fraction of the way to the target."""
    missile_length: float
    """Fraction of the way to the target."""
    blow_tail: float
    """Where the line of a blow starts, as a fraction of the way to the target."""
    blow_head: float
    """Where it ends."""
    beam_speed: float
    """Fraction of the swept line."""
    beam_fade: float
    beam_opacity: float
    glow_opacity: float
    """Of the line that a beam has swept."""
    death_steps: float
    """Steps in which a dead unit vanishes."""
    death_opacity: float
    death_shrinkage: float
    """Fraction of the radius that a vanishing unit loses."""
    death_ring: float
    """Fraction of the radius that the ring around it gains."""
    cross_size: float
    """Half the size of the cross that marks a death, as a fraction of the radius."""
    cross_opacity: float
    burst_steps: float
    """Steps that an explosion lasts."""
    burst_lead: float
    """Steps by which it begins before the timestep of the death."""
    burst_start: float
    """Fraction of its full radius at the beginning."""
    burst_growth: float
    burst_opacity: float


@dataclass(frozen=True)
class Ground:
    """Decoration of the ground, in fractions of a cell."""

    shadow_depth: float
    """Shadow at the southern edge of higher ground, as if light came from the north."""
    shadow_opacity: float
    hatches: Sequence[float]
    """Where the hatches of a cliff are."""


def _load() -> dict[str, Any]:
    style: dict[str, Any] = json.loads(read_player_file("style.json"))
    return style


_STYLE = _load()
COLOURS: dict[str, str] = _STYLE["colours"]
SIZES = Sizes(**_STYLE["sizes"])
EFFECTS = Effects(**_STYLE["effects"])
GROUND = Ground(**_STYLE["ground"])
STEPS_PER_SECOND: float = _STYLE["steps_per_second"]
"""Of StarCraft II's game speed "faster"."""
SHAPES: dict[str, list[tuple[float, float]]] = _STYLE["shapes"]
"""Half outlines by kind of unit: (degrees from the facing direction, radius)."""


@cache
def shape(kind: str) -> NDArray[np.float64]:
    """Return the outline of a kind of unit with radius 1 that faces east, y pointing north, [points, 2]."""
    half = np.array(SHAPES.get(kind, SHAPES["other"]))
    degrees, radius = np.concatenate([half, half[-2:0:-1] * (-1, 1)]).T
    angles = np.radians(degrees)
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], -1)


@cache
def font(size: float) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Return Pillow's built-in font."""
    return ImageFont.load_default(size)


def faint(colour: str, opacity: float) -> str:
    """Return the colour with an opacity from 0 to 1, as `#RRGGBBAA`."""
    return f"{colour}{round(255 * opacity):02x}"
