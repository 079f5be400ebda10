"""Writes what every evaluation found: `metrics.csv`, `episodes.csv`, the loggers, and then a checkpoint."""

from collections.abc import Sequence

from pytorch_lightning import Callback, LightningModule, Trainer

from aiirmix.common.errors import ConfigError
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.learners.base import Interval, Learner
from aiirmix.runs.csv_table import Row, Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.training import checkpoint
from aiirmix.training.data_module import BattleData
from aiirmix.training.loggers import Log


class Recorder(Callback):
    """Rows first, checkpoint second: rows that a killed run wrote after its last checkpoint are dropped on resuming.

    Args:
        directory: of the run.
        battles: of the run.
        budget: environment steps after which the run is over.
        logs: where else the rows of `metrics.csv` go.
    """

    def __init__(self, directory: RunDirectory, battles: BattleData, budget: int, logs: Sequence[Log] = ()) -> None:
        self.checkpoint = directory.checkpoints / "last.pt"
        self.battles, self.budget, self.logs = battles, budget, logs
        self.metrics, self.episodes = Table(directory.metrics_file), Table(directory.episodes_file)
        self.absolute_file = directory.absolute_file
        self.directory, self.created_ns = directory, directory.created_ns
        self.latest: dict[str, float] = {}

    def resume(self, learner: Learner) -> bool:
        """Takes up the run at its last checkpoint, if it has one."""
        resumed = checkpoint.load(self.checkpoint, learner, self.battles)
        reached = int(learner.env_steps) if resumed else -1
        for table in (self.metrics, self.episodes):
            table.keep(lambda row: int(row["env_steps"]) <= reached)
        return resumed

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """An evaluation is over."""
        assert isinstance(pl_module, Learner)
        if self.directory.created_ns != self.created_ns:
            raise ConfigError(f"{self.directory.path} was removed while the run was at it")
        interval, pl_module.interval = pl_module.interval, Interval()
        assert interval.test is not None
        env_steps = self.battles.evaluations(pl_module) * self.battles.every
        self.latest = {"env_steps": env_steps, **dict(sorted(interval.summary().items(), key=_test_first))}
        self.metrics.append([self.latest])
        self.episodes.append(_episode_rows(env_steps, interval.test))
        for log in self.logs:
            log(self.latest)
        over = env_steps >= self.budget
        checkpoint.save(self.checkpoint, pl_module, self.battles, over)
        trainer.should_stop = over

    def record_absolute(self, learner: Learner, episodes: int) -> None:
        """Tests the final model once more and keeps the file of it, unless an earlier part of the run has."""
        if not self.absolute_file.exists():
            env_steps = self.battles.evaluations(learner) * self.battles.every
            Table(self.absolute_file).append(_episode_rows(env_steps, self.battles.absolute(episodes)))


def _test_first(item: tuple[str, float]) -> tuple[bool, str]:
    return not item[0].startswith("test/"), item[0]


def _episode_rows(env_steps: int, batch: EpisodeBatch) -> list[Row]:
    columns = zip(batch.returns.tolist(), batch.lengths.tolist(), batch.won.int().tolist(), strict=True)
    return [{"env_steps": env_steps, "return": r, "steps": steps, "won": won} for r, steps, won in columns]
