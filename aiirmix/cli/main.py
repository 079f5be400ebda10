"""Find the sub-command that was typed, run it, and turn what went wrong into one line and an exit code."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from aiirmix.cli import commands
from aiirmix.common.errors import ConfigError, unknown

WRONG_COMMAND, INTERRUPTED = 2, 130
"""Exit codes: the command is wrong and nothing was started; Ctrl-C."""


class Parser(argparse.ArgumentParser):
    """Raise what cannot be parsed, so that it is reported like every other error."""

    def error(self, message: str) -> NoReturn:
        """Report what argparse would print with its usage.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(f"{message}; see --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit code: 0 for success, 1 if a run failed, 2 if the command is wrong, 130 after Ctrl-C.
    """
    try:
        return _dispatch(list(sys.argv[1:] if arguments is None else arguments))
    except ConfigError as error:
        print("error:", *str(error).split(), file=sys.stderr)
        return WRONG_COMMAND
    except KeyboardInterrupt:
        return INTERRUPTED


def command_names() -> list[str]:
    """Return the names of all sub-commands, as they are typed."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))


def load_command(name: str) -> ModuleType:
    """Import the module of a sub-command.

    Raises:
        ConfigError: there is no such command.
    """
    if name not in command_names():
        raise ConfigError(unknown("command", name, command_names()))
    return importlib.import_module(f"{commands.__name__}.{name.replace('-', '_')}")


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_overview())
        return 0
    if arguments[0] == "--version":
        from aiirmix import __version__

        print(f"aiirmix {__version__}")
        return 0
    name, *rest = arguments
    module = load_command(name)
    if hasattr(module, "main"):
        return int(module.main(rest) or 0)
    parser = Parser(f"aiirmix {name}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(rest)) or 0)


def _overview() -> str:
    lines = [f"  {name:<12}{_first_line(load_command(name))}" for name in command_names()]
    return "\n".join(["usage: aiirmix COMMAND …    (aiirmix COMMAND --help explains each)", "", *lines])


def _first_line(module: ModuleType) -> str:
    return (module.__doc__ or "").partition("\n")[0].rstrip(".")
