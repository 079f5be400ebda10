"""A progress bar in environment steps, which Lightning's own cannot show."""

import time

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ProgressBar
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from aiirmix.learners.base import Learner
from aiirmix.training.data_module import battles_of

COLUMNS = (
    TextColumn("{task.completed:,.0f} of {task.total:,.0f} env steps"),
    BarColumn(),
    TextColumn("{task.fields[speed]:,.0f} steps/s · win rate {task.fields[win_rate]:.2f} ·"),
    TimeRemainingColumn(),
    TextColumn("left"),
)


class Progress(ProgressBar):
    """Environment steps, speed, win rate and time left; it moves once per evaluation interval."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = Bar(*COLUMNS, console=Console(stderr=True))

    def disable(self) -> None:
        """Draw nothing."""
        self.bar.disable = True

    def enable(self) -> None:
        """Draw the bar."""
        self.bar.disable = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        assert isinstance(pl_module, Learner)
        self.started, self.played_before = time.perf_counter(), int(pl_module.env_steps)
        total = battles_of(trainer).budget
        self.task = self.bar.add_task("", total=total, speed=0.0, win_rate=_win_rate(trainer))
        self.bar.start()

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: object) -> None:
        """Move the bar."""
        assert isinstance(pl_module, Learner)
        played = int(pl_module.env_steps)
        speed = (played - self.played_before) / (time.perf_counter() - self.started)
        completed = min(played, battles_of(trainer).budget)
        self.bar.update(self.task, completed=completed, speed=speed, win_rate=_win_rate(trainer))

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Show the win rate of the evaluation that ended; the first one ends before there is a bar."""
        if self.bar.tasks:
            self.bar.update(self.bar.task_ids[0], win_rate=_win_rate(trainer))

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Leave the finished bar."""
        self.bar.stop()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Give the terminal back."""
        self.bar.stop()


def _win_rate(trainer: Trainer) -> float:
    return float(trainer.callback_metrics.get("test/win_rate", float("nan")))
