"""The command line: what is typed becomes runs, and how they went becomes an exit code."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import hydra
from hydra._internal.utils import get_args_parser
from omegaconf import OmegaConf

from aiirmix.common.command_line import INTERRUPTED, WRONG_COMMAND
from aiirmix.common.errors import ConfigError
from aiirmix.launch.compose import CONF, compose_run, configurations
from aiirmix.launch.job import end_politely, run_job
from aiirmix.launch.plan import Run, plan
from aiirmix.launch.ranges import expand_seeds
from aiirmix.launch.sweep import run_sweep
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.status import State, run_status

_TOLD: dict[State, str] = {
    "done": "complete and skipped",
    "failed": "tried again after a failure",
    "interrupted": "resumed",
    "running": "running already",
}


def main() -> None:
    """Runs the command that was typed and leaves with its exit code."""
    end_politely()
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
            return _answer(arguments, options)
        return _execute(_overrides(options), options.multirun)
    except ConfigError as error:
        print("error:", *str(error).split(), file=sys.stderr)
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


def _answer(arguments: Sequence[str], options: argparse.Namespace) -> int:
    if options.cfg and not options.multirun:
        # Hydra's objections take many lines; ours come first.
        with configurations():
            compose_run(_overrides(options))
    _hand_over(arguments)
    return 0


def _overrides(options: argparse.Namespace) -> list[str]:
    """The settings that were typed, with the folder of `--config-dir` as one more."""
    for flag in ("config_name", "config_path", "experimental_rerun"):
        if getattr(options, flag):
            raise ConfigError(f"--{flag.replace('_', '-')} does not work here; --config-dir adds a folder to conf/")
    if options.config_dir is None:
        return list(options.overrides)
    return [f"hydra.searchpath=['file://{Path(options.config_dir).absolute()}']", *options.overrides]


def _execute(overrides: list[str], multirun: bool) -> int:
    runs = plan(overrides, multirun)
    missing = [run for run in runs if not run.directory.is_done]
    if multirun:
        _announce(runs, overrides)
    for run in missing:
        run.directory.open(OmegaConf.create(run.config))
        run.directory.forgive()
    return run_sweep(runs, overrides) if multirun else _run_alone(runs[0].directory, overrides)


def _announce(runs: Sequence[Run], overrides: Sequence[str]) -> None:
    states = Counter(run_status(run.directory).state for run in runs)
    parts = [f"{states[state]} {what}" for state, what in _TOLD.items() if states[state]]
    print(f"{len(runs)} runs{': ' * bool(parts)}{', '.join(parts)}")
    if len(runs) - states["done"] > 1 and not any(override.startswith("hydra/launcher=") for override in overrides):
        print("They run one after the other; hydra/launcher=joblib runs one per core at the same time.")


def _run_alone(directory: RunDirectory, overrides: list[str]) -> int:
    """Runs one run and tells how it went; the exit code is 1 if it failed or did not finish."""
    if directory.is_done:
        print(f"{directory.path} is complete: nothing to do")
        return 0
    with suppress(SystemExit):
        _hand_over(overrides)
    one = run_status(directory)
    if one.state in ("done", "running"):
        print(f"{'running elsewhere' if one.state == 'running' else 'done'}: {directory.path}")
        return 0
    if one.reason:
        print(f"error: {one.reason}; see {directory.log_file}", file=sys.stderr)
    return 1


def _hand_over(arguments: Sequence[str]) -> None:
    """Lets Hydra do what the arguments say."""
    sys.argv[1:] = arguments
    hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(run_job)()
