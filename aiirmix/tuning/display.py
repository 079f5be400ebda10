"""Show how far tuning is: a bar on a terminal, and a line for each trial that ends."""

from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from aiirmix.tuning.study import Study
from aiirmix.tuning.trial import Attempt

COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    TextColumn("{task.completed:,.0f} of {task.total:,.0f} env steps ·"),
    TimeRemainingColumn(),
    TextColumn("left"),
)


class Display:
    """The progress of several studies, in environment steps. The time left falls with every trial that is pruned."""

    def __init__(self, studies: Sequence[Study]) -> None:
        self.studies = studies
        console = Console(stderr=True)
        self.bar = Progress(*COLUMNS, console=console, disable=not console.is_terminal)
        self.task = self.bar.add_task("tuning", total=sum(study.search.trials * _cost(study) for study in studies))

    def __enter__(self) -> "Display":
        self.show([])
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def show(self, attempts: Sequence[Attempt]) -> None:
        """Move the bar."""
        if self.bar.disable:
            return
        done = sum(min(study.finished, study.search.trials) * _cost(study) for study in self.studies)
        completed = done + sum(attempt.reached for attempt in attempts)
        description = f"{_trial(attempts[0])} · {_best(attempts[0].study)}" if attempts else "tuning"
        self.bar.update(self.task, completed=completed, description=description)

    def tell(self, attempt: Attempt) -> None:
        """Print how a trial ended."""
        why = "diverged" if attempt.has_diverged else "pruned" if attempt.is_pruned else f"{attempt.value:.4f}"
        self.bar.console.print(f"{_trial(attempt)}: {why}; {_best(attempt.study)}", highlight=False, soft_wrap=True)


def _cost(study: Study) -> int:
    """Return the environment steps of a whole trial."""
    return study.subject.env_steps * len(study.subject.plain)


def _trial(attempt: Attempt) -> str:
    return f"{attempt.study.subject.name} trial {attempt.task.trial.number} ({attempt.study.search.trials} in all)"


def _best(study: Study) -> str:
    best = study.best
    return "none is complete yet" if best is None else f"best {best.value:.4f} (trial {best.number})"
