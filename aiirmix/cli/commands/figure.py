"""Make figures of the paper.

A figure is a file, experiments/<figure>.yaml, which names its runs and what draws it. The command trains the missing
runs, on all cores, and draws. Settings are those of `aiirmix train`, such as env_steps=200000 seed=0-2 env=smac. They
may replace what the figure says, such as env.map=8m.
"""

import argparse
from pathlib import Path

from aiirmix.cli.parser import add_config_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare figures, settings, and what to do instead of training."""
    parser.add_argument("words", nargs="+", metavar="FIGURE", help="figure3, … and settings, key=value")
    add_config_dir(parser)
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--dry", action="store_true", help="only list what would run, and how long it will take")
    instead.add_argument("--kept", type=Path, metavar="FILE", help="only draw, from these kept evaluations")
    parser.add_argument(
        "--cells", type=Path, metavar="FILE", help="with --kept: which of these runs stand for the figure's models"
    )


def run(options: argparse.Namespace) -> int:
    """Make the figures; return 1 if a run failed."""
    from aiirmix.launch.searchpath import searchpath
    from aiirmix.report.figure import make_figures

    words = [*options.words, *searchpath(options.config_dir)]
    return make_figures(words, options.dry, options.kept, options.cells)
