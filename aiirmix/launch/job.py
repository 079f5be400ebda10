"""One run, as Hydra starts it: in this process, or in a worker of a sweep."""

import errno
import logging
import traceback
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from aiirmix.errors import ConfigError
from aiirmix.launch.plan import check_run
from aiirmix.training.run_directory import RunDirectory, record

log = logging.getLogger(__name__)


def run_job(config: DictConfig) -> None:
    """Trains one run in the directory that Hydra chose; a complete one is left alone.

    A failure ends in the directory (traceback in `run.log`, reason in `FAILED`), never in an exception: the other
    runs of a sweep go on, and whoever asks how it went looks there, in whichever process it ran.

    Raises:
        ConfigError: the run must not start: its settings are impossible or its directory is another run's.
        KeyboardInterrupt: the user stopped it.
    """
    directory = RunDirectory(Path(HydraConfig.get().runtime.output_dir))
    if directory.is_done:
        return
    check_run(record(config))
    directory.open(config)
    if _runs_beside_others():
        config.trainer.progress = False
    try:
        _train(config, directory)
    except Exception as error:
        with directory.log_file.open("a", encoding="utf-8") as file:
            file.write(traceback.format_exc())
        directory.fail(reason(error))


def reason(error: BaseException) -> str:
    """Why a run failed, in one line: the first cause of the error."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"no disk space: {error}"
    said = " ".join(str(error).split())
    return said if isinstance(error, ConfigError) else f"{type(error).__name__}: {said}"


def _train(config: DictConfig, directory: RunDirectory) -> None:
    from aiirmix.training.fit import fit

    try:
        fit(config, directory)
    except SystemExit as stopped:
        # Lightning answers Ctrl-C by leaving the process, which would end a sweep without a word.
        if isinstance(stopped.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from stopped
        raise
    directory.finish()


def _runs_beside_others() -> bool:
    """Whether other runs of this command write to the same terminal, where progress bars would overwrite each other."""
    hydra = HydraConfig.get()
    return hydra.mode == RunMode.MULTIRUN and "BasicLauncher" not in hydra.launcher._target_
