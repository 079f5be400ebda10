"""Names, colours and line styles: a model looks the same in every picture, on paper and to the colour-blind."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.colors import to_rgb

Dashes = tuple[int, tuple[float, ...]]
SOLID: Dashes = (0, ())
DASHED: Dashes = (0, (5, 1.6))
DASH_DOTTED: Dashes = (0, (6, 1.6, 1.4, 1.6))
DOTTED: Dashes = (0, (1.4, 1.4))


class Look(NamedTuple):
    """Of a model."""

    name: str
    colour: str
    dashes: Dashes


LOOKS = {
    "aiir_mix": Look("AIIR-MIX", "#0072B2", SOLID),
    "rmix": Look("RMIX", "#E69F00", SOLID),
    "aiir": Look("AIIR", "#009E73", SOLID),
    "liir": Look("LIIR", "#D55E00", SOLID),
    "qmix": Look("QMIX", "#CC79A7", DASHED),
    "qtran": Look("QTRAN", "#7B4FA3", DASHED),
    "qtran_alt": Look("QTRAN-alt", "#B79BD6", DASHED),
    "vdn": Look("VDN", "#8C6D31", DASHED),
    "iql": Look("IQL", "#B8A038", DASHED),
    "coma": Look("COMA", "#222222", DASH_DOTTED),
    "ippo": Look("IPPO", "#7A8B00", DASH_DOTTED),
    "mappo": Look("MAPPO", "#882255", DASH_DOTTED),
    "none": Look("no intrinsic", "#555555", DOTTED),
    "random": Look("random intrinsic", "#999999", DOTTED),
    "remap": Look("mixer alone", "#56B4E9", DOTTED),
}
"""Okabe and Ito's palette and what goes with it. The line tells the family: intrinsic rewards, value decomposition,
other actor-critics, controls."""
OTHER_COLOURS = ("#000000", "#8C6D31", "#7B4FA3", "#9C9C00", "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7")
AGENT_COLOURS = (*(look.colour for look in list(LOOKS.values())[:4]), "#CC79A7", "#56B4E9", "#7B4FA3", "#8C6D31")
"""One for each agent of a battle; in larger ones they repeat."""
GREY = "#777777"
STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.labelcolor": "#222222",
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "text.color": "#222222",
    "savefig.dpi": 220,
    "svg.hashsalt": "aiirmix",
}
"""For pictures as wide as a page of text, 7 inches."""
PAGE_WIDTH = 7.0


def looks_of(models: Sequence[str]) -> dict[str, Look]:
    """The look of each model: its own if it has one, else one of the other colours."""
    others = sorted(set(models) - LOOKS.keys())
    return LOOKS | {
        model: Look(name_of(model), OTHER_COLOURS[i % len(OTHER_COLOURS)], (SOLID, DASHED)[i // len(OTHER_COLOURS) % 2])
        for i, model in enumerate(others)
    }


def name_of(model: str) -> str:
    """The model's name as readers know it, with the changes made to it."""
    choice, *changes = model.split(",")
    return ", ".join([LOOKS[choice].name if choice in LOOKS else choice, *changes])


def readable(colour: str) -> str:
    """The colour, darkened if need be until text in it can be read on white."""
    red, green, blue = to_rgb(colour)
    shade = min(1.0, 0.45 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 1e-9))
    return "#" + "".join(f"{round(255 * shade * part):02x}" for part in (red, green, blue))
