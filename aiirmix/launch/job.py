"""One run, as Hydra starts it: in this process, or in a worker of a sweep."""

import errno
import multiprocessing
import os
import shutil
import signal
import sys
import traceback
from functools import cache
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from aiirmix.common.errors import ConfigError
from aiirmix.common.parent_watchdog import end_with_parent
from aiirmix.launch.plan import check_run
from aiirmix.runs.config import plain_config
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.lock import run_lock

FULL = 10**6
"""A disk with fewer free bytes is full."""


def run_job(config: DictConfig) -> None:
    """Trains one run in the directory that Hydra chose, unless it is over or another process is at it.

    Whatever goes wrong ends in the directory (traceback in `run.log`, reason in `FAILED`) or in a printed line, never
    in an exception: the other runs of a sweep go on, and whoever asks how it went looks there.

    Raises:
        KeyboardInterrupt: the user stopped it.
    """
    end_politely()
    end_with_the_sweep()
    directory = RunDirectory(Path(os.path.relpath(HydraConfig.get().runtime.output_dir)))
    try:
        with run_lock(directory.path) as free:
            if not free:
                _say(f"running elsewhere: {directory.path}")
            elif not (directory.is_done or directory.failure) and _start(config, directory):
                _train(config, directory)
    except OSError as error:
        _complain(f"not started: {directory.path}: {reason(error)}")


def end_politely() -> None:
    """Makes SIGTERM, which comes before SIGKILL when a machine stops, end this process like Ctrl-C.

    Lightning would make a failure of it. A handler that is there already, such as that of a cluster's job, stays.
    """
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


@cache
def end_with_the_sweep() -> None:
    """Lets a worker of a sweep end when the command is killed, so that the same command can take its run up at once."""
    command = multiprocessing.parent_process()
    if command is not None and command.pid is not None:
        end_with_parent(command.pid, lambda: os.kill(os.getpid(), signal.SIGKILL))


def reason(error: BaseException) -> str:
    """Why a run failed, in one line: the first cause of the error, or what is said to the user on the way there."""
    while error.__cause__ is not None and not isinstance(error, ConfigError):
        error = error.__cause__
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"no disk space: {error}"
    said = " ".join(str(error).split())
    return said if isinstance(error, ConfigError) else f"{type(error).__name__}: {said}"


def _start(config: DictConfig, directory: RunDirectory) -> bool:
    """Opens the directory, or says why it cannot. The plan has checked all this, but that may be hours ago."""
    try:
        check_run(plain_config(config))
        directory.open(config)
        directory.tidy()
    except ConfigError as error:
        _complain(f"not started: {directory.path}: {error}")
        return False
    # A sweep shows its runs in a table, which bars would overwrite.
    config.trainer.enable_progress_bar = config.trainer.enable_progress_bar and not _is_one_of_several()
    return True


def _train(config: DictConfig, directory: RunDirectory) -> None:
    stamp = directory.stamp
    try:
        if _fit(config, directory):
            directory.finish()
    except Exception as error:
        why = _why(error, directory)
        try:
            _record_failure(error, why, directory, stamp)
        except (OSError, ConfigError):
            _complain(f"error: {directory.path}: {why}")


def _why(error: Exception, directory: RunDirectory) -> str:
    """The reason; not every library says that the disk is full."""
    said = reason(error)
    full = directory.path.exists() and shutil.disk_usage(directory.path).free < FULL
    return f"no disk space: {said}" if full and "no disk space" not in said else said


def _record_failure(error: Exception, why: str, directory: RunDirectory, stamp: int | None) -> None:
    if directory.stamp != stamp:
        raise ConfigError(f"{directory.path} is another directory by now")
    directory.fail(why)
    with directory.log_file.open("a", encoding="utf-8") as log:
        log.writelines(traceback.format_exception(error))


def _fit(config: DictConfig, directory: RunDirectory) -> bool:
    """Train the run; return whether its budget is used up."""
    from aiirmix.training.fit import fit

    try:
        return fit(config, directory)
    except SystemExit as stopped:
        # Lightning answers Ctrl-C by leaving the process, which would end a sweep without a word.
        if isinstance(stopped.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from stopped
        raise


def _is_one_of_several() -> bool:
    return bool(HydraConfig.get().mode == RunMode.MULTIRUN)


def _say(line: str) -> None:
    """Tells one of several runs from the others; of a single run is told when it ends."""
    if _is_one_of_several():
        print(line, flush=True)


def _complain(line: str) -> None:
    """Says what the run directory cannot tell."""
    print(line, file=sys.stderr, flush=True)
