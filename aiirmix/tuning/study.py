"""A study: its trials are given to any number of workers, one at a time each, and survive the death of a worker."""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import optuna
from filelock import FileLock, Timeout
from hydra.errors import InstantiationException
from omegaconf import OmegaConf
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from aiirmix.common.errors import ConfigError, in_a_line
from aiirmix.report.studies import best_trial, finished_trials, open_storage, study_file
from aiirmix.training.build import build
from aiirmix.tuning.request import Search
from aiirmix.tuning.space import Value
from aiirmix.tuning.subject import Subject

PREMISE = "premise"
"""The attribute of a study that says what makes its trials comparable."""


@dataclass(frozen=True)
class Task:
    """A trial that this process works on."""

    trial: Trial
    values: dict[str, Value]
    lock: FileLock
    """Held until the trial is over. The system releases it when the process ends, even by SIGKILL."""


def check_premise(subject: Subject) -> None:
    """Check that a study that exists already is about the same. Change nothing.

    Raises:
        ConfigError: it is about another space, other runs or another metric.
    """
    file = study_file(subject.folder)
    if not file.exists():
        return
    with _alone(subject.folder):  # another worker may be creating it
        storage = open_storage(subject.folder)
        if subject.name not in optuna.get_all_study_names(storage):
            return
        attributes = optuna.load_study(study_name=subject.name, storage=storage).user_attrs
    kept, wanted = json.loads(attributes[PREMISE]), json.loads(_premise(subject))
    for key, value in wanted.items():
        if kept.get(key) != value:
            told = f": {kept[key]} there, {value} here" if isinstance(value, str | int) else ""
            raise ConfigError(f"{file} holds a study of {subject.name} with another {key}{told}; give this name=…")


def check_search(search: Search) -> None:
    """Check that sampler and pruner can be built.

    Raises:
        ConfigError: one of them cannot; the message has the reason, such as a missing package.
    """
    for name, what in (("sampler", search.sampler), ("pruner", search.pruner)):
        try:
            build(OmegaConf.create(what), **({"seed": 0} if name == "sampler" else {}))
        except (ImportError, InstantiationException, TypeError, ValueError) as error:
            reason = error.__cause__ or error
            raise ConfigError(f"hydra/sweeper/{name} cannot be used: {in_a_line(reason)[:200]}") from error


class Study:
    """The study of a subject.

    Args:
        subject: what it is about; `check_premise` comes first.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject, self.search, self.unfinished = subject, subject.request.search, False
        self.folder = _folder_of_locks(subject.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        with _alone(subject.folder):
            self.study = _create(subject, open_storage(subject.folder))
            if not self.study.get_trials(deepcopy=False):
                self.study.enqueue_trial(dict(subject.defaults))

    @property
    def finished(self) -> int:
        """Trials that are complete or were pruned."""
        return len(finished_trials(self.study))

    @property
    def is_done(self) -> bool:
        """Whether no trial is left."""
        return self.finished >= self.search.trials

    @property
    def best(self) -> FrozenTrial | None:
        """The best complete trial, if there is one."""
        return best_trial(self.study)

    @property
    def began(self) -> str:
        """When the first trial did, to the second; empty before."""
        first = self.study.get_trials(deepcopy=False)[0].datetime_start
        return first.isoformat(timespec="seconds") if first else ""

    @property
    def own(self) -> FrozenTrial | None:
        """The complete trial of the settings that the model had when the study began; None if the space lacks one."""
        complete = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        given = (trial for trial in complete if trial.system_attrs.get("fixed_params") == trial.params)
        return next(given, None)

    def take(self) -> Task | None:
        """Return a trial to work on: one that a killed worker has left, else a new one; None if none is left."""
        with _alone(self.subject.folder):
            for left in self._running():
                if task := self._take_over(left):
                    return task
            if self.finished + len(self._running()) >= self.search.trials:
                return None
            number = len(self.study.get_trials(deepcopy=False, states=_NUMBERED))
            # Its random numbers depend on nothing but the trial, whatever process asks.
            self.study.sampler = build(OmegaConf.create(self.search.sampler), seed=number)
            trial = self.study.ask(dict(self.subject.space.settings))
            lock = self._lock(trial.number)
            lock.acquire(blocking=False)
            return Task(trial, dict(trial.params), lock)

    def complete(self, task: Task, value: float) -> None:
        """Record the value of a trial."""
        self.study.tell(task.trial.number, value)
        task.lock.release()

    def prune(self, task: Task) -> None:
        """Record that a trial was stopped early."""
        self.study.tell(task.trial.number, state=TrialState.PRUNED)
        task.lock.release()

    def _running(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))

    def _take_over(self, left: FrozenTrial) -> Task | None:
        """Return a trial that nobody works on. Forget one whose worker was killed before it had all its settings."""
        lock = self._lock(left.number)
        with suppress(Timeout):
            lock.acquire(blocking=False)
            # Its worker may have recorded its end since the list of running trials was read, and then let go of it.
            is_running = any(trial.number == left.number for trial in self._running())
            if is_running and left.params.keys() == self.subject.space.settings.keys():
                return Task(Trial(self.study, left._trial_id), dict(left.params), lock)
            if is_running:
                self.study.tell(left.number, state=TrialState.FAIL)
                if given := left.system_attrs.get("fixed_params"):
                    self.study.enqueue_trial(given)
            lock.release()
        return None

    def _lock(self, number: int) -> FileLock:
        return FileLock(self.folder / f"{self.subject.name},trial={number}.lock")


def _folder_of_locks(experiment: Path) -> Path:
    return experiment / "studies"


def _alone(experiment: Path) -> FileLock:
    """Return a lock for the time in which studies are created and trials given out. It is held for milliseconds."""
    return FileLock(_folder_of_locks(experiment) / "trials.lock")


_NUMBERED = (TrialState.RUNNING, TrialState.COMPLETE, TrialState.PRUNED)
"""A trial that was forgotten has no number: the one in its place draws the same settings."""


def _create(subject: Subject, storage: RDBStorage) -> optuna.Study:
    study = optuna.create_study(
        study_name=subject.name,
        storage=storage,
        direction="maximize",
        load_if_exists=True,
        pruner=build(OmegaConf.create(subject.request.search.pruner)),
    )
    if PREMISE not in study.user_attrs:
        study.set_user_attr(PREMISE, _premise(subject))
    return study


def _premise(subject: Subject) -> str:
    return json.dumps(subject.premise)
