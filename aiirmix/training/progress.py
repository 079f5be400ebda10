"""Shows how far a run is: environment steps, speed, win rate and time left."""

import logging
import time
from typing import NamedTuple

from pytorch_lightning import Callback, LightningModule, Trainer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from aiirmix.learners.base import Learner
from aiirmix.training.data_module import BattleData
from aiirmix.training.recorder import Recorder

log = logging.getLogger(__name__)


class Spent(NamedTuple):
    """What training took, in seconds. The evaluation before it is not counted."""

    env_steps: int = 0
    total: float = 0.0
    collecting: float = 0.0
    testing: float = 0.0
    computing: float = 0.0
    """What the processor spent on it: less than `total` on a machine with other work to do."""

    @property
    def learning(self) -> float:
        """All that is neither collecting nor testing."""
        return self.total - self.collecting - self.testing


class Progress(Callback):
    """A bar on a terminal, and a line in the run's log for every evaluation.

    Args:
        recorder: knows the latest evaluation.
        battles: knows the seconds spent playing.
        show: whether to draw the bar.
    """

    def __init__(self, recorder: Recorder, battles: BattleData, show: bool) -> None:
        self.recorder, self.battles, self.show = recorder, battles, show
        self.spent = Spent()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock."""
        assert isinstance(pl_module, Learner)
        self.started, self.played_before = time.perf_counter(), int(pl_module.env_steps)
        self.computed_before = time.process_time()
        self.seconds_before = dict(self.battles.seconds)
        columns = (
            TextColumn("{task.completed:,.0f} of {task.total:,.0f} env steps"),
            BarColumn(),
            TextColumn("{task.fields[speed]:,.0f} steps/s · win rate {task.fields[win_rate]:.2f} ·"),
            TimeRemainingColumn(),
            TextColumn("left"),
        )
        self.bar = Bar(*columns, console=Console(stderr=True), disable=not self.show)
        self.task = self.bar.add_task("", total=self.recorder.budget, speed=0.0, win_rate=self._win_rate())
        self.bar.start()

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: object) -> None:
        """Moves the bar."""
        assert isinstance(pl_module, Learner)
        played = int(pl_module.env_steps)
        speed = (played - self.played_before) / (time.perf_counter() - self.started)
        completed = min(played, self.recorder.budget)
        self.bar.update(self.task, completed=completed, speed=speed, win_rate=self._win_rate())

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Logs the evaluation."""
        latest = self.recorder.latest
        log.info(
            "env_steps %d of %d: test win rate %.2f, return %.2f",
            *(latest["env_steps"], self.recorder.budget, latest["test/win_rate"], latest["test/return"]),
        )

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Leaves the finished bar and logs where the time went."""
        assert isinstance(pl_module, Learner)
        self.bar.stop()
        collecting, testing = (self.battles.seconds[k] - self.seconds_before[k] for k in ("collect", "test"))
        played, seconds = int(pl_module.env_steps) - self.played_before, time.perf_counter() - self.started
        self.spent = Spent(played, seconds, collecting, testing, time.process_time() - self.computed_before)
        log.info(
            "%d env steps in %.1f s: %.0f env steps/s (%.0f %% collecting, %.0f %% testing, the rest learning)",
            *(played, seconds, played / seconds, 100 * collecting / seconds, 100 * testing / seconds),
        )

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Gives the terminal back."""
        if hasattr(self, "bar"):
            self.bar.stop()

    def _win_rate(self) -> float:
        return self.recorder.latest.get("test/win_rate", float("nan"))
