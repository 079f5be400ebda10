"""Train one run, or with -m as many runs as the settings spell."""

from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run what `python run.py` runs with the same arguments."""
    from aiirmix.launch.command import command
    from aiirmix.launch.job import treat_sigterm_as_ctrl_c

    treat_sigterm_as_ctrl_c()
    return command(arguments)
