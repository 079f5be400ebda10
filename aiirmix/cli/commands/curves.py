"""Draw the learning curves of an experiment.

Reads run directories, or a file of kept evaluations, and draws a panel for each map with a line for each model. The
numbers of the picture are written as a CSV file beside it. Runs may still be going on.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the source, the smoothing and the picture."""
    parser.add_argument("source", type=Path, help="an experiment, runs/<name>, or its evaluations.csv")
    parser.add_argument("--smooth", type=_count, metavar="N", help="evaluations averaged in each point")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: learning_curves.png beside the source")


def run(options: argparse.Namespace) -> None:
    """Draw the curves and print where they are."""
    from aiirmix.report.curves import draw_experiment

    print(f"learning curves: {draw_experiment(options.source, options.smooth, options.out)}")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return int(text)
