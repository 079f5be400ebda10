"""Check the entries of the leaderboard, and print them.

An entry of experiments/leaderboard.yaml names settings, the hash of their configuration, the environment's version, how
many trials tuned the model, and a file of kept evaluations. It stands if all of that is so and there are 10 complete
runs. The exit code is 1 if an entry does not stand.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file."""
    parser.add_argument("--file", type=Path, metavar="FILE", help="default: experiments/leaderboard.yaml")


def run(options: argparse.Namespace) -> int:
    """Print the table; return 1 if an entry does not stand."""
    from aiirmix.report.leaderboard import BOARD, board_table, check_board

    standings = check_board(options.file or BOARD)
    print(board_table(standings))
    return int(any(standing.faults for standing in standings))
