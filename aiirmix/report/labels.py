"""Text in pictures: titles, notes, and labels that do not overlap."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from aiirmix.report.style import GREY


def write_title_and_notes(figure: Figure, title: str, notes: str) -> None:
    """Write the title above a figure and the notes below it."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
    figure.supxlabel(notes, x=0.01, ha="left", fontsize=6.5, color=GREY)


def spread(centres: Sequence[float], heights: Sequence[float], top: float) -> list[float]:
    """Move ascending centres of boxes of these heights so that no two overlap and none is above `top`."""
    moved = list(centres)
    half = [height / 2 for height in heights]
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + half[i - 1] + half[i])
    ceiling = top
    for i in reversed(range(len(moved))):
        moved[i] = min(moved[i], ceiling - half[i])
        ceiling = moved[i] - half[i]
    return moved
