"""The command line: what is typed becomes runs, and how they went becomes an exit code."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import hydra
from hydra._internal.utils import get_args_parser

from aiirmix.errors import ConfigError
from aiirmix.launch.compose import CONF
from aiirmix.launch.job import run_job
from aiirmix.launch.plan import Run, plan
from aiirmix.launch.ranges import expand_seeds

WRONG_COMMAND, FAILED, INTERRUPTED = 2, 1, 130


def main() -> None:
    """Runs the command that was typed and leaves with its exit code."""
    sys.exit(command(sys.argv[1:]))


def command(arguments: Sequence[str]) -> int:
    """Runs a command.

    Returns:
        The exit code: 0 all is well, 1 a run failed, 2 the command is wrong (nothing was started), 130 Ctrl-C.
    """
    try:
        arguments = [expand_seeds(argument) for argument in arguments]
        options = _options(arguments)
        if _only_asks(options):
            _hand_over(arguments)
            return 0
        return _execute(plan(options.overrides, options.multirun), options)
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_COMMAND
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from the last checkpoint", file=sys.stderr)
        return INTERRUPTED


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = get_args_parser()
    parser.error = _refuse  # type: ignore[method-assign]
    return parser.parse_intermixed_args(list(arguments))


def _refuse(message: str) -> NoReturn:
    raise ConfigError(f"{message}; settings are written key=value, see --help")


def _only_asks(options: argparse.Namespace) -> bool:
    return bool(options.help or options.hydra_help or options.cfg or options.info or options.shell_completion)


def _execute(runs: Sequence[Run], options: argparse.Namespace) -> int:
    done_before = [run.directory.is_done for run in runs]
    if options.multirun:
        _announce(len(runs), sum(done_before), options.overrides)
    elif done_before[0]:
        print(f"{runs[0].directory.path} is complete: nothing to do")
    if not all(done_before):
        with suppress(SystemExit):
            _hand_over(["-m"] * options.multirun + options.overrides)
    return _report(runs, done_before, options.multirun)


def _announce(runs: int, done: int, overrides: Sequence[str]) -> None:
    skipped = f", of which {done} are complete and skipped" if done else ""
    print(f"{runs} runs{skipped}")
    if runs - done > 1 and not any(override.startswith("hydra/launcher=") for override in overrides):
        print("They run one after the other; hydra/launcher=joblib runs one per core at the same time.")


def _hand_over(arguments: Sequence[str]) -> None:
    """Lets Hydra do what the arguments say."""
    sys.argv[1:] = arguments
    hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(run_job)()
    # Hydra's own note of a sweep; the record is in the run directories.
    Path("runs", "multirun.yaml").unlink(missing_ok=True)


def _report(runs: Sequence[Run], done_before: Sequence[bool], multirun: bool) -> int:
    from aiirmix.launch.summary import result, show

    results = [result(run.directory, was_done) for run, was_done in zip(runs, done_before, strict=True)]
    if multirun:
        show(results)
    wrong = [row for row in results if row.state in ("failed", "unfinished")]
    if wrong and not multirun:
        print(
            f"error: {wrong[0].reason or 'the run did not finish'}; see {wrong[0].directory.log_file}", file=sys.stderr
        )
    return FAILED if wrong else 0
