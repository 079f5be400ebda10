"""Colours and shapes, which pictures and the player have in common (`player/look.json`)."""

import json
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from aiirmix.viewer.page import PLAYER

FINER = 2
"""Pictures are drawn so much larger and then shrunk, which smooths all edges."""


@cache
def look() -> dict[str, Any]:
    """Colours by what they are for, and `shapes`."""
    content: dict[str, Any] = json.loads((PLAYER / "look.json").read_text(encoding="utf-8"))
    return content


@cache
def shape(kind: str) -> NDArray[np.float64]:
    """The outline of a kind of unit of radius 1 that looks to the east, y upwards, [points, 2]."""
    shapes = look()["shapes"]
    half = np.array(shapes.get(kind, shapes["other"]))
    degrees, radius = np.concatenate([half, half[-2:0:-1] * (-1, 1)]).T
    angles = np.radians(degrees)
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], -1)


@cache
def font(size: float) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Pillow's own."""
    return ImageFont.load_default(size)


def faint(colour: str, opacity: float) -> str:
    """The colour, as strong as the opacity from 0 to 1 says."""
    return f"{colour}{round(255 * opacity):02x}"
