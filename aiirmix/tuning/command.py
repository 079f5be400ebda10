"""Tune models: read the command, check all of it, work, and tell what was found."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiirmix.common.errors import ConfigError
from aiirmix.launch.compose import configurations
from aiirmix.launch.ranges import as_typed
from aiirmix.tuning.request import read_request, require_optuna

if TYPE_CHECKING:
    from aiirmix.tuning.study import Study
    from aiirmix.tuning.subject import Subject


def tune(words: Sequence[str], dry: bool = False, keep: bool = False) -> int:
    """Tune models.

    Args:
        words: overrides: `model=` names the models, `hydra.sweeper.…` the search; the others are those of all runs.
        dry: only list what would run.
        keep: put the results into `conf/model/tuned/` and the ledger.

    Returns:
        The exit code: 1 if a trial is unfinished, else 0.

    Raises:
        ConfigError: the command is wrong; nothing was started.
        KeyboardInterrupt: the user stopped it.
    """
    if dry:
        print(list_studies(words))
        return 0
    return int(any(study.unfinished for study in tune_all(words, keep)))


def list_studies(words: Sequence[str]) -> str:
    """List what `tune` would run, and how long it would take.

    Raises:
        ConfigError: the command is wrong.
    """
    subjects = _subjects(words)
    from aiirmix.tuning.outcome import estimate

    return estimate(subjects)


def tune_all(words: Sequence[str], keep: bool = False) -> "list[Study]":
    """Do what `tune` does, and return the studies, in the order of their models.

    Raises:
        ConfigError: the command is wrong; nothing was started.
        KeyboardInterrupt: the user stopped it.
    """
    subjects = _subjects(words)
    from aiirmix.tuning.outcome import outcome
    from aiirmix.tuning.study import Study

    if keep and any(subject.own_folder for subject in subjects):
        raise ConfigError("--keep writes into conf/, which lacks the models of --config-dir: leave one of them out")
    studies = [Study(subject) for subject in subjects]
    _work(studies)
    for study in studies:
        print(outcome(study, keep))
    return studies


def _subjects(words: Sequence[str]) -> "list[Subject]":
    """Read a command and check all of it."""
    require_optuna()
    from aiirmix.tuning.study import check_premise, check_search
    from aiirmix.tuning.subject import subjects_of

    with configurations():
        request = read_request([as_typed(word) for word in words])
    check_search(request.search)
    subjects = subjects_of(request)
    for subject in subjects:
        check_premise(subject)
    return subjects


def _work(studies: "Sequence[Study]") -> None:
    from aiirmix.tuning.display import Display
    from aiirmix.tuning.work import work_on

    with Display(studies) as display:
        try:
            work_on(studies, display)
        except KeyboardInterrupt:
            print("interrupted: the same command continues the trials", file=sys.stderr)
            raise
