"""Tune models: read the command, check all of it, work, and tell what was found."""

import sys
from collections.abc import Sequence

from aiirmix.launch.compose import configurations
from aiirmix.launch.ranges import as_typed
from aiirmix.tuning.request import read_request, require_optuna


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
    require_optuna()
    from aiirmix.tuning.outcome import estimate, outcome
    from aiirmix.tuning.study import Study, check_premise
    from aiirmix.tuning.subject import subjects_of

    with configurations():
        request = read_request([as_typed(word) for word in words])
    subjects = subjects_of(request)
    for subject in subjects:
        check_premise(subject)
    if dry:
        print(estimate(subjects))
        return 0
    studies = [Study(subject) for subject in subjects]
    is_over = _work(studies)
    for study in studies:
        print(outcome(study, keep))
    return int(not is_over)


def _work(studies: "Sequence[Study]") -> bool:  # noqa: F821
    from aiirmix.tuning.display import Display
    from aiirmix.tuning.work import work_on

    with Display(studies) as display:
        try:
            return work_on(studies, display)
        except KeyboardInterrupt:
            print("interrupted: the same command continues the trials", file=sys.stderr)
            raise
