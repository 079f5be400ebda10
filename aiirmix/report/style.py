"""Names, colours and line styles of models, the same in every picture and distinct to the colour-blind and in print."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.colors import to_rgb

Dashes = tuple[int, tuple[float, ...]]
SOLID: Dashes = (0, ())
DASHED: Dashes = (0, (5, 1.6))
DASH_DOTTED: Dashes = (0, (6, 1.6, 1.4, 1.6))
DOTTED: Dashes = (0, (1.4, 1.4))


class ModelStyle(NamedTuple):
    """How pictures show a model."""

    name: str
    colour: str
    dashes: Dashes


MODEL_STYLES = {
    "aiir_mix": ModelStyle("AIIR-MIX", "#0072B2", SOLID),
    "rmix": ModelStyle("RMIX", "#E69F00", SOLID),
    "aiir": ModelStyle("AIIR", "#009E73", SOLID),
    "liir": ModelStyle("LIIR", "#D55E00", SOLID),
    "qmix": ModelStyle("QMIX", "#CC79A7", DASHED),
    "qtran": ModelStyle("QTRAN", "#7B4FA3", DASHED),
    "qtran_alt": ModelStyle("QTRAN-alt", "#B79BD6", DASHED),
    "vdn": ModelStyle("VDN", "#8C6D31", DASHED),
    "iql": ModelStyle("IQL", "#B8A038", DASHED),
    "coma": ModelStyle("COMA", "#222222", DASH_DOTTED),
    "ippo": ModelStyle("IPPO", "#7A8B00", DASH_DOTTED),
    "mappo": ModelStyle("MAPPO", "#882255", DASH_DOTTED),
    "none": ModelStyle("no intrinsic", "#555555", DOTTED),
    "none_balanced": ModelStyle("no intrinsic, balanced", "#3D3D3D", DOTTED),
    "random": ModelStyle("random intrinsic", "#999999", DOTTED),
    "remap": ModelStyle("mixer alone", "#56B4E9", DOTTED),
}
"""Okabe and Ito's palette, extended. Solid lines are methods with intrinsic rewards, dashed ones value decomposition,
dash-dotted ones other actor-critics, dotted ones controls."""
SPARE_COLOURS = ("#000000", "#8C6D31", "#7B4FA3", "#9C9C00", "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7")
SPARE_DASHES = (SOLID, DASHED, DOTTED, DASH_DOTTED)
AGENT_COLOURS = (
    *(style.colour for style in list(MODEL_STYLES.values())[:4]),
    *("#CC79A7", "#56B4E9", "#7B4FA3", "#8C6D31"),
)
"""One for each agent of a battle; they repeat in larger battles."""
GREY = "#777777"
RC_PARAMS: dict[Any, Any] = {
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
"""Matplotlib's settings for pictures of `PAGE_WIDTH`."""
PAGE_WIDTH = 7.0
"""The width of a page of text, in inches."""


def model_styles(models: Sequence[str]) -> dict[str, ModelStyle]:
    """Return the style of each model: its own if it has one, else one in a spare colour."""
    others = sorted(set(models) - MODEL_STYLES.keys())
    return MODEL_STYLES | {model: _spare_style(model, index) for index, model in enumerate(others)}


def display_name(model: str) -> str:
    """Return the model's name as in the paper, with the changes made to the model."""
    choice, *changes = model.split(",")
    return ", ".join([MODEL_STYLES[choice].name if choice in MODEL_STYLES else choice, *changes])


def readable(colour: str) -> str:
    """Darken the colour, if needed, until text in it can be read on white."""
    red, green, blue = to_rgb(colour)
    shade = min(1.0, 0.45 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 1e-9))
    return "#" + "".join(f"{round(255 * shade * part):02x}" for part in (red, green, blue))


def _spare_style(model: str, index: int) -> ModelStyle:
    repeats, colour = divmod(index, len(SPARE_COLOURS))
    return ModelStyle(display_name(model), SPARE_COLOURS[colour], SPARE_DASHES[repeats % len(SPARE_DASHES)])
