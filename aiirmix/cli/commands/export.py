"""Write an experiment as JSON in marl-eval's layout."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the experiment and the output."""
    parser.add_argument("directory", type=Path, help="an experiment, runs/<name>")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: marl_eval.json in that directory")


def run(options: argparse.Namespace) -> None:
    """Write the file and print where it is."""
    from aiirmix.report.export import write_export

    print(write_export(options.directory, options.out))
