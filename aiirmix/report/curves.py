"""Draws the learning curves of an experiment: `python -m aiirmix.report.curves runs/<name>`.

Reads the run directories and writes `learning_curves.png`, a panel for each map with a line for each model, and the
numbers that it shows as `learning_curves.csv` beside it. Works while runs are still going on.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.report.evaluations import Evaluations, load, read
from aiirmix.report.inventory import coverage
from aiirmix.report.learning_curves import Curve, default_width, learning_curves, write_csv
from aiirmix.report.style import name_of
from aiirmix.runs.recorded import RecordedRun, find_runs


def main() -> None:
    """Draws what the command line asks for and leaves with an exit code."""
    parser = argparse.ArgumentParser("python -m aiirmix.report.curves", description="Draws learning curves.")
    parser.add_argument("source", type=Path, help="an experiment, runs/<name>, or its evaluations.csv")
    parser.add_argument("--smooth", type=_count, metavar="N", help="evaluations averaged in each point")
    arguments = parser.parse_args()
    try:
        picture = draw_experiment(arguments.source, arguments.smooth)
    except ConfigError as error:
        sys.exit(f"error: {error}")
    print(f"learning curves: {picture}")


def draw_experiment(source: Path, width: int | None = None) -> Path:
    """Draws an experiment's curves into its folder and says what of it is unfinished.

    Args:
        source: its folder, or the file of evaluations that is kept of it.
        width: evaluations averaged in each point; None leaves about fifty independent points.

    Returns:
        The picture.

    Raises:
        ConfigError: there is nothing to draw, or there are runs that must not be mixed.
    """
    runs = [] if source.is_file() else find_runs(source)
    for (model, world), cell in coverage(runs).items():
        if not cell.is_complete:
            print(f"unfinished: {name_of(model)} on {world}, {cell}")
    folder = source.parent if source.is_file() else source
    picture = folder / "learning_curves.png"
    draw_curves(load(source), picture, folder.resolve().name, width, sum(not run.is_complete for run in runs))
    return picture


def curves_picture(runs: Sequence[RecordedRun], path: Path, title: str) -> None:
    """Draws learning curves as a figure of the paper (`aiirmix.report.figure`).

    Raises:
        ConfigError: no run has been evaluated yet, or there are runs that must not be mixed.
    """
    draw_curves(read(runs), path, title, unfinished=sum(not run.is_complete for run in runs))


def draw_curves(
    runs: Sequence[Evaluations], picture: Path, title: str, width: int | None = None, unfinished: int = 0
) -> None:
    """Draws the learning curves of runs, and writes the numbers that they show beside them.

    Raises:
        ConfigError: no run has been evaluated yet.
    """
    if not runs:
        raise ConfigError(f"no run in {picture.parent} has been evaluated yet")
    width = width or default_width(runs)
    curves = learning_curves(runs, width)
    write_csv(curves, picture.with_suffix(".csv"))
    from aiirmix.report.drawing import draw

    draw(curves, picture, title, _notes(curves, width, unfinished))


def _notes(curves: Sequence[Curve], width: int, unfinished: int) -> list[str]:
    notes = []
    if any(curve.interval for curve in curves):
        notes.append("Lines: mean over seeds. Bands: its 95 % bootstrap interval.")
    if width > 1:
        notes.append(f"Each point averages {width} evaluations.")
    if unfinished:
        notes.append(f"Unfinished runs: {unfinished}.")
    return notes


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return int(text)


if __name__ == "__main__":
    main()
