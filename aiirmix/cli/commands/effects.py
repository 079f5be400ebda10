"""Print what each model gains over its control.

Reads run directories or kept evaluations, and prints for each model and map how far it differs from the control with
the same settings, with its interval, the probability of improvement, and how far its intrinsic reward is engaged. Win
rates are compared on each map where any run has won, and returns on the others.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sources, the control and the folder of the output."""
    parser.add_argument("sources", nargs="+", type=Path, help="experiments, runs/<name>, or files evaluations.csv")
    parser.add_argument("--control", default="none", metavar="MODEL", help="what models are compared with (none)")
    parser.add_argument("--metric", help="test/win_rate, or test/return; without it the first where anything was won")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep effects.csv and effects.md there")


def run(options: argparse.Namespace) -> None:
    """Print the effects, and keep them if asked to."""
    from aiirmix.common.errors import ConfigError
    from aiirmix.report.effects import effects
    from aiirmix.report.effects_table import keep, markdown_table
    from aiirmix.report.evaluations import load, named_metric

    runs = load(*options.sources)
    rows = effects(runs, options.control, named_metric(options.metric) if options.metric else None)
    if not rows:
        raise ConfigError(f"no model has runs beside its control {options.control} on the same map")
    print(markdown_table(rows))
    if options.out:
        keep(rows, runs, options.out)
