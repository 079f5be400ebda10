"""What commands have in common: a wrong one is answered in one line, and with an exit code of its own."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

from aiirmix.common.errors import ConfigError

WRONG_COMMAND, INTERRUPTED = 2, 130


class Parser(argparse.ArgumentParser):
    """Makes an error of the user's of what cannot be parsed."""

    def error(self, message: str) -> NoReturn:
        """What argparse would print with the usage, and leave the process.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(f"{message}; see --help")


def exit_code_of(act: Callable[[], None]) -> int:
    """Does what was asked for, or says why it cannot be done.

    Returns:
        0, or 2 if the command is wrong.
    """
    try:
        act()
    except ConfigError as error:
        print("error:", *str(error).split(), file=sys.stderr)
        return WRONG_COMMAND
    return 0
