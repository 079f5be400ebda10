"""Choose the checkpoint that a run goes on from, and bring its tables back to it."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiirmix.common.errors import ConfigError
from aiirmix.runs.config import differences
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.training.checkpoint import env_steps_of, load_checkpoint, replay_files_of, replay_folder
from aiirmix.training.data_module import evaluated_at
from aiirmix.training.tensor_files import require_whole

log = logging.getLogger(__name__)


def rewind(directory: RunDirectory) -> Path | None:
    """Find the newest checkpoint that is whole, and drop the rows that were written after it.

    If the last checkpoint is damaged, the one before it takes its place. The run then plays that interval again, with
    the same numbers.

    Returns:
        The checkpoint; None if there is none, so that the run begins anew.

    Raises:
        ConfigError: there are checkpoints, but none is whole; or a table of a run without one cannot be read.
    """
    candidates = [directory.checkpoint_file, directory.previous_checkpoint_file]
    present = [file for file in candidates if file.exists()]
    if not present:
        _drop_rows_after(directory, -1)
        _drop_final_tests(directory)
        return None
    problems = list[str]()
    for file in present:
        try:
            reached = env_steps_of(_sound(file, directory))
        except ConfigError as error:
            problems.append(str(error))
            continue
        if file != directory.checkpoint_file:
            why = problems[0] if problems else f"there is no {directory.checkpoint_file}"
            log.warning("%s; going on from the checkpoint before it, of env step %d", why, reached)
            os.replace(file, directory.checkpoint_file)
            _drop_final_tests(directory)
        _drop_rows_after(directory, reached)
        return directory.checkpoint_file
    cure = f"restore it from a copy, or remove the folder {directory.checkpoints} to begin the run anew"
    raise ConfigError(f"{problems[0]}; {cure}")


def require_own(file: Path, checkpoint: Mapping[str, Any], directory: RunDirectory) -> None:
    """Make sure that a checkpoint belongs to this run.

    Raises:
        ConfigError: it was made with other settings.
    """
    if "hyper_parameters" not in checkpoint:
        raise ConfigError(f"{file} is not the checkpoint of a run: it has no settings")
    for key, there, here in differences(dict(checkpoint["hyper_parameters"]), directory.config()):
        raise ConfigError(f"{file} belongs to another run: {key} is {there} there, {here} in {directory.path}")


def _sound(file: Path, directory: RunDirectory) -> dict[str, Any]:
    """Load a checkpoint that is whole, belongs to this run, and has all its episodes and rows."""
    checkpoint = load_checkpoint(file)
    require_own(file, checkpoint, directory)
    for name in replay_files_of(checkpoint):
        require_whole(replay_folder(file) / name)
    _require_rows(directory, checkpoint)
    return checkpoint


def _require_rows(directory: RunDirectory, checkpoint: Mapping[str, Any]) -> None:
    """Make sure that the tables reach the evaluation that the checkpoint was written after."""
    evaluation = checkpoint["hyper_parameters"]["evaluation"]
    last = evaluated_at(env_steps_of(checkpoint), evaluation["every"])
    evaluations = _steps_until(directory.metrics_file, last)
    episodes = _steps_until(directory.episodes_file, last)
    expected = [step for step in evaluations for _ in range(evaluation["episodes"])]
    if evaluations[:1] != [0] or evaluations[-1] != last:
        raise ConfigError(f"{directory.metrics_file} is damaged: it lacks rows up to env step {last}")
    if episodes != expected:
        raise ConfigError(f"{directory.episodes_file} is damaged: it lacks rows up to env step {last}")


def _steps_until(file: Path, last: int) -> list[int]:
    try:
        return [step for row in Table(file).rows() if (step := int(row["env_steps"])) <= last]
    except (KeyError, ValueError) as error:
        raise ConfigError(f"{file} is damaged: its column env_steps has no numbers") from error


def _drop_final_tests(directory: RunDirectory) -> None:
    """Remove the tests of a final model that is not the one to come."""
    for file in (directory.absolute_file, directory.best_file):
        file.unlink(missing_ok=True)


def _drop_rows_after(directory: RunDirectory, reached: int) -> None:
    for file in (directory.metrics_file, directory.episodes_file, directory.timing_file):
        try:
            Table(file).keep(lambda row: int(row["env_steps"]) <= reached)
        except (ConfigError, KeyError, ValueError):
            # Only rows that are all to be dropped, and timings, which no number depends on, may be damaged here.
            log.warning("%s was damaged and begins anew", file)
            file.unlink()
