"""Work on trials until none is left: launch their runs, judge them meanwhile, and record how they ended."""

import sys
import time
from collections.abc import Sequence
from threading import Event

from aiirmix.common.background import in_background
from aiirmix.launch.plan import PlannedRun
from aiirmix.launch.sweep import begin, launch
from aiirmix.tuning.display import Display
from aiirmix.tuning.study import Study
from aiirmix.tuning.trial import Attempt

EVERY = 1.0
"""Seconds between two looks at the curves of running trials."""


def work_on(studies: Sequence[Study], display: Display) -> None:
    """Work until no study has a trial that is left for this process. Studies advance together: budgets stay equal.

    A study is marked as unfinished if a trial that was begun here did not end; the reason was printed.
    """
    open_ones = list(studies)
    while open_ones:
        study = min(open_ones, key=lambda one: one.finished)
        attempts = _take(study)
        if not attempts:
            open_ones.remove(study)
        elif not _finish(attempts, display):
            open_ones.remove(study)
            study.unfinished = True


def _take(study: Study) -> list[Attempt]:
    tasks = (study.take() for _ in range(study.search.at_once))
    return [Attempt.of(study, task) for task in tasks if task is not None]


def _finish(attempts: Sequence[Attempt], display: Display) -> bool:
    """Run the trials to their ends; return whether they reached them."""
    left = list(attempts)
    while left:
        waiting = [run for attempt in left for run in attempt.waiting]
        _run(waiting, left, display)
        for attempt in list(left):
            if attempt.settle():
                display.tell(attempt)
                left.remove(attempt)
        if reason := _obstacle(left, waiting):
            return _give_up(left, reason)
    return True


def _run(waiting: Sequence[PlannedRun], attempts: Sequence[Attempt], display: Display) -> None:
    """Launch the runs that are waiting, and judge their trials until no process works on any."""
    if waiting:
        begin(waiting)
        with in_background(lambda over: _follow(attempts, display, over)):
            launch(waiting, attempts[0].study.subject.launcher())
    _await_others(attempts, display)


def _obstacle(attempts: Sequence[Attempt], launched: Sequence[PlannedRun]) -> str | None:
    """Return why another attempt is of no use; None if it may be, or if no trial is left."""
    failed = [attempt for attempt in attempts if attempt.failure]
    for attempt in failed:
        if not attempt.may_go_on():
            return attempt.failure
        print(f"warning: {attempt.failure}; it is tried again", file=sys.stderr, flush=True)
    waiting = {run.directory.path for attempt in attempts for run in attempt.waiting}
    is_stuck = attempts and not failed and waiting == {run.directory.path for run in launched}
    return "its runs did not end" if is_stuck else None


def _give_up(attempts: Sequence[Attempt], reason: str) -> bool:
    """Leave the trials to whoever takes them next."""
    for attempt in attempts:
        attempt.task.lock.release()
    print(f"error: a trial is unfinished: {reason}; the same command continues it", file=sys.stderr, flush=True)
    return False


def _follow(attempts: Sequence[Attempt], display: Display, over: Event) -> None:
    """Judge the trials regularly until the event is set, and once more then."""
    is_last = False
    while not is_last:
        is_last = over.wait(EVERY)
        for attempt in attempts:
            attempt.follow()
        display.show(attempts)


def _await_others(attempts: Sequence[Attempt], display: Display) -> None:
    """Wait for runs of these trials that another process works on: jobs that outlived an earlier command, say."""
    while any(attempt.is_running for attempt in attempts):
        with in_background(lambda over: _follow(attempts, display, over)):
            time.sleep(EVERY)
