"""Print the tables of an experiment.

Reads run directories, or the files of evaluations that --out wrote, and prints a row for each model on each map and,
for models that were run on all of several maps, a row over all of these.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sources and the folder of the output."""
    parser.add_argument("sources", nargs="+", type=Path, help="experiments, runs/<name>, or files evaluations.csv")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep evaluations.csv and summary.md there")


def run(options: argparse.Namespace) -> None:
    """Print the tables, and keep them if asked to."""
    from aiirmix.report.summary_table import summary_tables

    print(summary_tables(options.sources, options.out))
