"""Compare the simulator's maps with what is known of the real game."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add no arguments: all maps are played."""


def run(options: argparse.Namespace) -> None:
    """Print the tables of docs/skirmish.md, line by line as battles are fought."""
    from aiirmix.envs.skirmish.tools.calibrate import tables

    for line in tables():
        print(line, flush=True)
