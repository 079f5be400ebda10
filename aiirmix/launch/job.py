"""The job that Hydra starts for one run: in this process, or in a worker of a sweep."""

import errno
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from aiirmix.common.errors import ConfigError
from aiirmix.common.parent_watchdog import end_with_parent
from aiirmix.common.streams import prepare_streams
from aiirmix.launch.composition import check_run
from aiirmix.runs.config import plain_config
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.lock import run_lock

FULL = 10**6
"""A disk with fewer free bytes is full."""


def run_job(config: DictConfig) -> None:
    """Train one run in the directory that Hydra chose, unless it is over or another process works on it.

    A failure is recorded in the directory (traceback in `run.log`, reason in `FAILED`) or printed. It is never raised,
    so that the other runs of a sweep go on.

    Raises:
        KeyboardInterrupt: the user stopped it.
    """
    prepare_streams()
    treat_sigterm_as_ctrl_c()
    end_with_the_command()
    directory = RunDirectory(_short(Path(HydraConfig.get().runtime.output_dir)))
    try:
        with run_lock(directory.path) as acquired:
            if not acquired:
                _print_in_sweep(f"running elsewhere: {directory.path}")
            elif not directory.is_over and _prepare(config, directory):
                _train(config, directory)
    except OSError as error:
        _print_error(f"not started: {directory.path}: {reason(error)}")


def treat_sigterm_as_ctrl_c() -> None:
    """Make SIGTERM interrupt this process like Ctrl-C: it comes before SIGKILL when a machine shuts down.

    Lightning would record it as a failure. A handler that exists already, such as that of a cluster's job, stays.
    """
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the end of the block.

    Compiled modules that are interrupted while they are imported print tracebacks, or raise other errors, which would
    be recorded as the failure of the run.

    Raises:
        KeyboardInterrupt: at the end of the block, if the user stopped it meanwhile.
    """
    received: list[int] = []
    ours = [one for one in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(one) is signal.default_int_handler]
    if threading.current_thread() is not threading.main_thread():
        ours = []
    for one in ours:
        signal.signal(one, lambda number, _: received.append(number))
    try:
        yield
    finally:
        for one in ours:
            signal.signal(one, signal.default_int_handler)
    if received:
        raise KeyboardInterrupt


@cache
def end_with_the_command() -> None:
    """End a worker of a sweep when its command is killed, so that the same command can resume the run at once."""
    command = multiprocessing.parent_process()
    if command is not None and command.pid is not None:
        end_with_parent(command.pid, lambda: os._exit(1))


def reason(error: BaseException) -> str:
    """Return why a run failed, in one line: the first `ConfigError` in the chain of causes, else the first cause."""
    while error.__cause__ is not None and not isinstance(error, ConfigError):
        error = error.__cause__
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"no disk space: {error}"
    message = " ".join(str(error).split())
    return message if isinstance(error, ConfigError) else f"{type(error).__name__}: {message}"


def _short(path: Path) -> Path:
    """Return the path relative to the current folder if it is inside."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _prepare(config: DictConfig, directory: RunDirectory) -> bool:
    """Open the directory. Print the reason and return False if that is impossible.

    The plan has checked everything already, but in a long sweep that may be hours ago.
    """
    try:
        check_run(plain_config(config))
        directory.open(config)
        directory.remove_partial_files()
    except ConfigError as error:
        _print_error(f"not started: {directory.path}: {error}")
        return False
    # A sweep shows a table of its runs, which progress bars would overwrite.
    config.trainer.enable_progress_bar = config.trainer.enable_progress_bar and not _is_sweep()
    return True


def _train(config: DictConfig, directory: RunDirectory) -> None:
    token = directory.token
    try:
        if _fit(config, directory):
            directory.mark_done()
    except Exception as error:
        why = _reason_or_full_disk(error, directory)
        try:
            _record_failure(error, why, directory, token)
        except (OSError, ConfigError):
            _print_error(f"error: {directory.path}: {why}")


def _reason_or_full_disk(error: Exception, directory: RunDirectory) -> str:
    """Return the reason. Name a full disk, which some libraries do not."""
    why = reason(error)
    full = directory.path.exists() and shutil.disk_usage(directory.path).free < FULL
    return f"no disk space: {why}" if full and "no disk space" not in why else why


def _record_failure(error: Exception, why: str, directory: RunDirectory, token: str | None) -> None:
    if directory.token != token:
        raise ConfigError(f"{directory.path} was removed or replaced during the run")
    directory.mark_failed(why)
    with directory.log_file.open("a", encoding="utf-8") as log:
        log.writelines(traceback.format_exception(error))


def _fit(config: DictConfig, directory: RunDirectory) -> bool:
    """Train the run; return whether its budget is used up."""
    with uninterrupted():
        from aiirmix.training.fit import fit

    try:
        return fit(config, directory)
    except SystemExit as exit_:
        # Lightning answers Ctrl-C with SystemExit, which would end a sweep silently.
        if isinstance(exit_.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from exit_
        raise


def _is_sweep() -> bool:
    return bool(HydraConfig.get().mode == RunMode.MULTIRUN)


def _print_in_sweep(line: str) -> None:
    """Print a line about one run of a sweep. The status of a single run is printed when it ends."""
    if _is_sweep():
        print(line, flush=True)


def _print_error(line: str) -> None:
    """Print an error that cannot be recorded in the run directory."""
    print(line, file=sys.stderr, flush=True)
