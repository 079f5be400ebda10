"""The command line of training: from the arguments to the runs and the exit code."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NoReturn

import hydra

from aiirmix.common.counted import counted
from aiirmix.common.errors import ConfigError
from aiirmix.common.resources import CONF
from aiirmix.launch import hydra_adapter
from aiirmix.launch.compose import compose_run, configurations
from aiirmix.launch.job import run_job
from aiirmix.launch.plan import PlannedRun, plan
from aiirmix.launch.ranges import as_typed
from aiirmix.launch.rehearsals import rehearse_runs
from aiirmix.launch.searchpath import searchpath
from aiirmix.launch.status_table import count_states
from aiirmix.launch.sweep import begin, run_sweep
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.status import State, run_state, run_status

REFUSED = ("--config-name", "--config-path", "--experimental-rerun")
"""Hydra's flags that do not work here."""

_ANNOUNCED: dict[State, str] = {
    "done": "done (skipped)",
    "failed": "failed (tried again)",
    "interrupted": "interrupted (resumed)",
    "running": "running in another process",
}
"""What the first line of a sweep tells about runs in these states. Waiting runs are the rest."""


def command(arguments: Sequence[str]) -> int:
    """Run a command.

    Returns:
        The exit code: 0 for success, 1 if a run failed or did not finish.

    Raises:
        ConfigError: the command is wrong; nothing was started.
        KeyboardInterrupt: the user stopped it.
    """
    arguments = [as_typed(argument) for argument in arguments]
    options = _options(arguments)
    if _only_asks(options):
        return _answer(arguments, options)
    overrides = _overrides(options)
    with _reporting_ctrl_c("nothing had started"):
        runs = _prepare(overrides, options.multirun)
    with _reporting_ctrl_c("the same command continues from the last checkpoint"):
        return run_sweep(runs, overrides) if options.multirun else _run_alone(runs[0].directory, overrides)


@contextmanager
def _reporting_ctrl_c(meaning: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        print(f"interrupted: {meaning}", file=sys.stderr)
        raise


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = hydra_adapter.argument_parser()
    parser.error = _refuse  # type: ignore[method-assign]
    return parser.parse_intermixed_args(list(arguments))


def _refuse(message: str) -> NoReturn:
    raise ConfigError(f"{message}; settings are written key=value, see --help")


def _only_asks(options: argparse.Namespace) -> bool:
    return bool(options.help or options.hydra_help or options.cfg or options.info or options.shell_completion)


def _answer(arguments: Sequence[str], options: argparse.Namespace) -> int:
    if options.multirun and (options.cfg or options.info or options.shell_completion):
        raise ConfigError("-m cannot be combined with --cfg, --info or --shell-completion")
    if options.cfg:
        # Our errors take one line, those of Hydra many.
        with configurations():
            compose_run(_overrides(options))
    _hand_over(arguments)
    return 0


def _overrides(options: argparse.Namespace) -> list[str]:
    """Return the overrides, with the folder of `--config-dir` as one of them."""
    for flag in REFUSED:
        if getattr(options, flag.removeprefix("--").replace("-", "_")):
            raise ConfigError(f"{flag} does not work here; --config-dir adds a folder to conf/")
    return [*searchpath(options.config_dir), *options.overrides]


def _prepare(overrides: list[str], multirun: bool) -> list[PlannedRun]:
    """Plan the runs, and create the directories of those that are missing."""
    runs = plan(overrides, multirun)
    missing = [run for run in runs if not run.directory.is_done]
    if multirun:
        rehearse_runs(missing)
        _announce(runs, overrides)
    for run in runs:
        if run.directory.is_done:
            with suppress(OSError):
                run.directory.restore(run.config, run.text)
    begin(missing)
    return runs


def _announce(runs: Sequence[PlannedRun], overrides: Sequence[str]) -> None:
    states = Counter(run_state(run.directory) for run in runs)
    announced = count_states(states, _ANNOUNCED)
    print(f"{counted(len(runs), 'run')}{': ' * bool(announced)}{announced}")
    if len(runs) - states["done"] > 1 and not any(override.startswith("hydra/launcher=") for override in overrides):
        print("They run one after the other; hydra/launcher=joblib runs one per core at the same time.")


def _run_alone(directory: RunDirectory, overrides: list[str]) -> int:
    """Run one run and print its outcome; return 1 if it failed or did not finish."""
    if directory.is_done:
        print(f"{directory.path} is done already")
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
    """Let Hydra execute the arguments."""
    hydra_adapter.name_launcher_schemas()
    sys.argv[1:] = arguments
    hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(run_job)()
