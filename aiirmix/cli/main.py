"""Find the sub-command that was typed, run it, and turn what went wrong into one line and an exit code."""

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType

from aiirmix import __version__
from aiirmix.cli import commands
from aiirmix.cli.parser import Parser
from aiirmix.common.errors import ConfigError, first_line, unknown
from aiirmix.common.streams import prepare_streams

FAILURE, WRONG_COMMAND, INTERRUPTED = 1, 2, 130
"""Exit codes: a run or a file failed; the command is wrong and nothing was started; Ctrl-C."""

OVERVIEW = """usage: aiirmix COMMAND …

{commands}

aiirmix COMMAND --help explains a command; aiirmix --version prints the version."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the sub-command and its arguments; by default those of this process.

    Returns:
        The exit code: 0 for success, 1 if a run failed or a file cannot be read or written, 2 if the command is wrong,
        130 after Ctrl-C.
    """
    prepare_streams()
    add_current_folder()
    try:
        return _dispatch(list(sys.argv[1:] if arguments is None else arguments))
    except ConfigError as error:
        print("error:", *str(error).split(), file=sys.stderr)
        return WRONG_COMMAND
    except OSError as error:
        print(f"error: {type(error).__name__}: {first_line(error)}", file=sys.stderr)
        return FAILURE
    except KeyboardInterrupt:
        return INTERRUPTED


def add_current_folder() -> None:
    """Let `_target_` name the user's own modules in the current folder, after all packages that are installed."""
    with suppress(FileNotFoundError):
        if os.getcwd() not in (os.path.abspath(folder) for folder in sys.path):
            sys.path.append(os.getcwd())


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


def parser_of(name: str) -> Parser:
    """Return the parser of a sub-command that does not parse its own arguments."""
    module = load_command(name)
    parser = Parser(f"aiirmix {name}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    module.add_arguments(parser)
    return parser


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(overview())
        return 0
    if arguments[0] == "--version":
        print(f"aiirmix {__version__}")
        return 0
    name, *rest = arguments
    if name.startswith("-"):
        raise ConfigError(unknown("option", name, ["--help", "--version"]))
    module = load_command(name)
    if hasattr(module, "main"):
        return int(module.main(rest) or 0)
    return int(module.run(parser_of(name).parse(rest)) or 0)


def overview() -> str:
    """Return the help of `aiirmix`: a line for each command."""
    width = 2 + max(map(len, command_names()))
    lines = (f"  {name:<{width}}{_first_line(load_command(name))}" for name in command_names())
    return OVERVIEW.format(commands="\n".join(lines))


def _first_line(module: ModuleType) -> str:
    return (module.__doc__ or "").partition("\n")[0].rstrip(".")
