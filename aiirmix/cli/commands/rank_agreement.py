"""Compare the ranking of models with published ones.

Prints published win rates on StarCraft II beside those of our runs on the same maps, with budgets, and the rank
correlations of the models that both have.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sources and the file of published win rates."""
    parser.add_argument(
        "sources",
        nargs="*",
        type=Path,
        help="experiments, runs/<name>, or files evaluations.csv (default: the kept ones)",
    )
    parser.add_argument("--published", type=Path, metavar="FILE", help="default: experiments/published.yaml")


def run(options: argparse.Namespace) -> None:
    """Print the tables."""
    from aiirmix.report.evaluations import load
    from aiirmix.report.rank_agreement import KEPT, PUBLISHED, agreements, read_published, tables

    published = read_published(options.published or PUBLISHED)
    print(tables(agreements(published, load(*(options.sources or [KEPT]))), published))
