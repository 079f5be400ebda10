"""Write the report on an experiment, one page for the browser.

The page needs no other file. Of an experiment it has tables, learning curves, claims, battles to watch, and every run
with its diagnostics, configuration and log; runs may still be going on. Of kept evaluations it has filters, learning
curves, a table with the origin of every row, claims, performance profiles and probabilities of improvement.

Examples:
  aiirmix report runs/quickstart
  aiirmix report experiments/results/paper
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the source, the output, the claims and the battles."""
    parser.add_argument("source", type=Path, help="runs/<name>, or kept evaluations: a folder or file")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: report.html in that folder")
    parser.add_argument("--claims", type=Path, metavar="FILE", help="default: the paper's and ours")
    parser.add_argument("--env", help="judge claims by the runs in this environment, e.g. smac")
    parser.add_argument("--battle", type=int, default=0, metavar="SEED", help="the battle that every model plays")
    parser.add_argument("--no-battles", action="store_true", help="leave the battles out, which takes less time")


def run(options: argparse.Namespace) -> None:
    """Write the page and print where it is."""
    from aiirmix.report.results_browser.page import kept_file, write_browser

    kept = kept_file(options.source)
    if kept:
        print(f"report: {write_browser(kept, options.out, options.claims, options.env)}")
        return
    from aiirmix.report.page import write_report

    battle = None if options.no_battles else options.battle
    print(f"report: {write_report(options.source, options.out, options.claims, options.env, battle)}")
