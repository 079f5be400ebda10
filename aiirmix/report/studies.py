"""Studies of tuning: where Optuna keeps them, and how they are opened."""

import logging
from collections.abc import Sequence
from pathlib import Path

import optuna
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import DatabaseError, OperationalError

from aiirmix.common.errors import ConfigError, in_a_line

PATIENCE = 60
"""Seconds that a worker waits while others write to the file."""


def study_file(folder: Path) -> Path:
    """Return the file of all studies of an experiment, `runs/<name>/studies.db`."""
    return folder / "studies.db"


def open_storage(folder: Path) -> RDBStorage:
    """Open the file of an experiment's studies; create it if there is none.

    Raises:
        ConfigError: the file is damaged.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    url = f"sqlite:///{study_file(folder)}"
    try:
        return RDBStorage(url, engine_kwargs={"connect_args": {"timeout": PATIENCE}})
    except DatabaseError as error:
        if isinstance(error, OperationalError):
            raise  # the file is locked, or the disk is full
        reason = in_a_line(error.orig or error)
        raise ConfigError(f"{study_file(folder)} is damaged ({reason}): move it away") from error


def kept_studies(folder: Path) -> list[optuna.Study]:
    """Return the studies of an experiment, sorted by name; none if nothing was tuned there."""
    if not study_file(folder).exists():
        return []
    storage = open_storage(folder)
    return [optuna.load_study(study_name=name, storage=storage) for name in optuna.get_all_study_names(storage)]


def finished_trials(study: optuna.Study) -> Sequence[FrozenTrial]:
    """Return the trials that are complete or were pruned."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def best_trial(study: optuna.Study) -> FrozenTrial | None:
    """Return the complete trial with the highest value, the earliest of equals; None if there is none."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return max(complete, key=lambda trial: (trial.value, -trial.number), default=None)
