"""The parser of a sub-command's arguments."""

import argparse
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import takewhile
from typing import NoReturn

from aiirmix.common.errors import ConfigError, unknown

SIMILAR = 0.7
"""The ratio of common letters above which an option was probably misspelt."""


class Parser(argparse.ArgumentParser):
    """Raise what cannot be parsed, so that it is reported like every other error."""

    def error(self, message: str) -> NoReturn:
        """Report what argparse would print with its usage.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(f"{message}; see --help")

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Parse the arguments.

        Raises:
            ConfigError: they cannot be parsed; the message names the option that was probably meant.
        """
        check_options(arguments, self.options)
        # Intermixed parsing lets options stand between words, but takes what follows `--` for options.
        return self.parse_args(arguments) if "--" in arguments else self.parse_intermixed_args(arguments)

    @property
    def options(self) -> list[str]:
        """The long options, such as `--out`."""
        return [option for option in self._option_string_actions if option.startswith("--")]

    def completions(self, words: Sequence[str]) -> list[str]:
        """Return what the last word could become: options, or the choices of an option or of a positional argument."""
        *before, word = words
        if word.startswith("-"):
            return self.options
        option = self._option_string_actions.get(before[-1]) if before else None
        actions = [option] if option and option.nargs != 0 else self._get_positional_actions()
        return [str(choice) for action in actions for choice in action.choices or ()]


def add_config_dir(parser: argparse.ArgumentParser) -> None:
    """Declare the option that `aiirmix train` has from Hydra."""
    parser.add_argument("--config-dir", metavar="FOLDER", help="a folder of your own components, laid out like conf/")


def require_at_least(options: argparse.Namespace, **least: int) -> None:
    """Check the numbers of these options, such as `episodes=1`.

    Raises:
        ConfigError: one is too small.
    """
    for name, bound in least.items():
        if getattr(options, name) < bound:
            raise ConfigError(f"--{name} must be at least {bound}, not {getattr(options, name)}")


def check_options(arguments: Sequence[str], known: Sequence[str], otherwise: str = "") -> None:
    """Check that every long option before `--` is a known one, or the beginning of one.

    Args:
        arguments: what was typed.
        known: the long options.
        otherwise: what the message suggests if the unknown option resembles none of them.

    Raises:
        ConfigError: an option is unknown; the message names the option that was probably meant.
    """
    for argument in takewhile(lambda word: word != "--", arguments):
        name = argument.partition("=")[0]
        if name.startswith("--") and not any(option.startswith(name) for option in known):
            if otherwise and not get_close_matches(name, known, cutoff=SIMILAR):
                raise ConfigError(f"unknown option {name}; {otherwise}")
            raise ConfigError(unknown("option", name, known))
