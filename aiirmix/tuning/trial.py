"""A trial at work: its runs, how good their curves are so far, and when it is stopped."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from shutil import rmtree

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.statistics import Scores
from aiirmix.launch.plan import PlannedRun
from aiirmix.report.learning_curves import aligned
from aiirmix.report.measures import Steps, area
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import LOST
from aiirmix.runs.provenance import read_provenance
from aiirmix.runs.status import run_state
from aiirmix.tuning.study import Study, Task

MOST_LOSSES = 2
"""How often a command tries a trial again whose worker was killed."""


def areas_so_far(env_steps: Sequence[Steps], values: Sequence[Scores]) -> tuple[Steps, Scores]:
    """Return the area under the mean curve up to each evaluation that all runs have.

    Args:
        env_steps: of each run, [points].
        values: of each run, [points].

    Returns:
        Environment steps and areas, [common]. An area is divided by its length: it is the mean up to there.
    """
    common, curves = aligned(env_steps, values)
    mean = curves.mean(axis=0)
    return common, np.array([area(common[: k + 1], mean[: k + 1]) for k in range(len(common))])


@dataclass
class Attempt:
    """The work of this process on one trial."""

    study: Study
    task: Task
    runs: list[PlannedRun]
    told: set[int] = field(default_factory=set)
    """Percents of the budget at which the area was reported."""
    failures: int = 0
    """How often this process saw runs fail."""

    @classmethod
    def of(cls, study: Study, task: Task) -> "Attempt":
        """Plan the runs of a trial."""
        told = set(task.trial.study.trials[task.trial.number].intermediate_values)
        return cls(study, task, study.subject.runs(task.values), told)

    @property
    def waiting(self) -> list[PlannedRun]:
        """The runs that are not done; none if the trial is to end."""
        return [] if self.is_stopped else [run for run in self.runs if not run.directory.is_done]

    @property
    def is_running(self) -> bool:
        """Whether any process works on a run."""
        return any(run_state(run.directory) == "running" for run in self.runs)

    @property
    def is_pruned(self) -> bool:
        """Whether the trial was stopped; a killed worker may not have marked all of its runs."""
        return any(run.directory.is_pruned for run in self.runs)

    @property
    def has_diverged(self) -> bool:
        """Whether the settings made a run diverge."""
        return any(run.directory.has_diverged for run in self.runs)

    @property
    def is_stopped(self) -> bool:
        """Whether no run is to go on, as one was pruned or has diverged."""
        return self.is_pruned or self.has_diverged

    @property
    def failure(self) -> str | None:
        """Why a run failed otherwise, or does not count."""
        reasons = (f"{run.directory.path}: {reason}" for run in self.runs if (reason := self._fault(run)))
        return None if self.has_diverged else next(reasons, None)

    def may_go_on(self) -> bool:
        """Count a failure; return whether the runs are worth another attempt: only their processes were lost so far."""
        self.failures += 1
        reasons = (self._fault(run) or LOST for run in self.runs)
        return self.failures <= MOST_LOSSES and all(reason.startswith(LOST) for reason in reasons)

    @property
    def reached(self) -> int:
        """Environment steps that all runs together have played."""
        return sum(int(steps[-1]) for steps, _ in self._curves() if len(steps))

    @property
    def value(self) -> float:
        """The area under the mean curve."""
        return float(self._areas()[1][-1])

    def follow(self) -> None:
        """Judge the trial at work, or stop all of its runs if one was stopped."""
        if self.is_stopped:
            self.stop()
        else:
            self.judge()

    def judge(self) -> None:
        """Report evaluations that all runs have reached, and stop the trial if it is worse than others were there."""
        for steps, value in zip(*self._areas(), strict=True):
            percent = int(100 * steps // self.study.subject.env_steps)
            if percent in self.told:
                continue
            self.told.add(percent)
            self.task.trial.report(float(value), percent)
            if percent < 100 and self.task.trial.should_prune():
                self.stop()
                return

    def stop(self) -> None:
        """Mark all runs, so that the running ones end at their next evaluation and no report counts any."""
        for run in self.runs:
            if not run.directory.is_pruned:
                run.directory.mark_pruned()

    def settle(self) -> bool:
        """Record how the trial ended, if it is over; return whether it is."""
        if self.is_stopped:
            self._prune()
        elif all(run.directory.is_done for run in self.runs) and not self.failure:
            self.judge()
            self._close()
        else:
            return False
        return True

    def _close(self) -> None:
        """Record a trial whose runs are done; one that was found worse than others only now is pruned."""
        if self.is_pruned:
            self._prune()
        else:
            self.study.complete(self.task, self.value)

    def _fault(self, run: PlannedRun) -> str | None:
        """Return why a run failed, or that its process found changed code: workers import it anew for each trial."""
        played = read_provenance(run.directory.provenance_file).get("environment")
        known = self.study.subject.environments
        if run.directory.failure or played in [*known, None] or run.config["env"]["_target_"] in known:
            return run.directory.failure
        return f"it was played in {played}, not in {', '.join(known)}: remove it, and go on with the code that began"

    def _prune(self) -> None:
        """Record that the trial was stopped. Its checkpoints, which take most of the space, are of no use any more."""
        self.stop()
        for run in self.runs:
            rmtree(run.directory.checkpoints, ignore_errors=True)
        self.study.prune(self.task)

    def _areas(self) -> tuple[NDArray[np.int64], Scores]:
        curves = self._curves()
        return areas_so_far([steps for steps, _ in curves], [values for _, values in curves])

    def _curves(self) -> list[tuple[NDArray[np.int64], Scores]]:
        return [_curve(run, self.study.search.metric) for run in self.runs]


def _curve(run: PlannedRun, metric: str) -> tuple[NDArray[np.int64], Scores]:
    """Return environment steps and values at the evaluations of a run, [points]."""
    rows = Table(run.directory.metrics_file).rows()
    steps = np.array([int(row["env_steps"]) for row in rows], np.int64)
    return steps, np.array([float(row[metric]) for row in rows])
