"""Writes what every evaluation found to the run directory, to the log and to the loggers."""

import logging
import time
from contextlib import ExitStack
from pathlib import Path

from pytorch_lightning import Callback, LightningModule, Trainer

from aiirmix.common.errors import ConfigError
from aiirmix.data.episode_batch import EpisodeBatch, episode_rows
from aiirmix.data.finite import require_finite_episodes
from aiirmix.learners.base import Interval, Learner
from aiirmix.runs.csv_table import Row, Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.heartbeat import heartbeat
from aiirmix.runs.timing import Timing, total
from aiirmix.training.best_checkpoint import best_weights, keep_if_best
from aiirmix.training.data_module import BattleData, battles_of

log = logging.getLogger(__name__)


class Recorder(Callback):
    """Write `metrics.csv`, `episodes.csv`, `timing.csv` and `progress.json`, and feed the loggers.

    Where the protocol has fresh episodes, `absolute.csv` has those of the final model and `best.csv` those of the best.

    The rows of an evaluation are written before its checkpoint. Those that a killed run wrote after its last checkpoint
    are dropped when it is resumed (`aiirmix.training.fit`). The run stops when its budget is used up.
    """

    def __init__(self) -> None:
        self.heartbeat = ExitStack()
        self.timings: list[Timing] = []
        """Of the intervals of this process."""

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Open the files of the run directory."""
        self.directory = RunDirectory(Path(trainer.default_root_dir))
        self.token = self.directory.token
        self.metrics, self.episodes = Table(self.directory.metrics_file), Table(self.directory.episodes_file)
        self.timing = Table(self.directory.timing_file)

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the heartbeat; do not train a run that is over."""
        assert isinstance(pl_module, Learner)
        battles, env_steps = battles_of(trainer), pl_module.env_steps
        self.heartbeat.enter_context(heartbeat(self.directory.progress_file, lambda: int(env_steps), battles.budget))
        trainer.should_stop |= battles.is_over

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        self.clock = Clock(battles_of(trainer))

    def on_train_epoch_start(self, trainer: Trainer, *_: object) -> None:
        """Let Lightning and its callbacks log against environment steps."""
        _set_logged_step(trainer)

    def on_train_batch_end(self, trainer: Trainer, *_: object) -> None:
        """Let Lightning and its callbacks log against environment steps."""
        _set_logged_step(trainer)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Record an evaluation.

        Raises:
            ConfigError: the run directory was removed.
        """
        assert isinstance(pl_module, Learner)
        if self.directory.token != self.token:
            raise ConfigError(f"{self.directory.path} was removed during the run")
        battles = battles_of(trainer)
        interval, pl_module.interval = pl_module.interval, Interval()
        assert interval.test is not None
        env_steps, row = battles.evaluated_at, dict(sorted(interval.summary().items(), key=_test_first))
        self.metrics.append([{"env_steps": env_steps, **row}])
        self.episodes.append(_episode_rows(env_steps, interval.test))
        if battles.final_episodes:
            keep_if_best(self.directory, pl_module)
        for logger in trainer.loggers:
            logger.log_metrics(row, step=env_steps)
            logger.save()
        _tell(env_steps, battles.budget, row)
        if not trainer.sanity_checking:
            self.timings.append(self.clock.lap(env_steps))
            self.timing.append([self.timings[-1].row()])
        trainer.should_stop |= battles.is_over or self.directory.is_pruned

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Log where the time went."""
        if spent := total(self.timings):
            log.info(
                "%d env steps in %.1f s: %.0f env steps/s (%.0f %% collecting, %.0f %% testing, the rest learning)",
                *(spent.played, spent.seconds, spent.speed),
                *(100 * part / spent.seconds for part in (spent.collecting, spent.testing)),
            )

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Test the final model once more, and then the best one, unless an earlier part of the run has."""
        assert isinstance(pl_module, Learner)
        battles, directory = battles_of(trainer), self.directory
        if not (battles.is_over and battles.final_episodes):
            return
        _play_fresh_episodes(battles, directory.absolute_file)
        # It would tell of the counters that the best model brings along.
        self.heartbeat.close()
        try:
            with best_weights(directory, pl_module):
                _play_fresh_episodes(battles, directory.best_file)
        except ConfigError as error:
            log.warning("%s; the model of the best evaluation is not tested", error)

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Stop the heartbeat."""
        self.heartbeat.close()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Stop the heartbeat."""
        self.heartbeat.close()


class Clock:
    """Measures evaluation intervals."""

    def __init__(self, battles: BattleData) -> None:
        self.battles = battles
        self.read = self._now()

    def lap(self, env_steps: int) -> Timing:
        """Return what the interval up to now took, and begin the next."""
        before, self.read = self.read, self._now()
        played, seconds, collecting, testing, cpu = (b - a for a, b in zip(before, self.read, strict=True))
        return Timing(env_steps, int(played), seconds, collecting, testing, cpu)

    def _now(self) -> tuple[float, ...]:
        seconds = self.battles.seconds
        played = int(self.battles.learner.env_steps)
        return played, time.perf_counter(), seconds["collecting"], seconds["testing"], time.process_time()


def _set_logged_step(trainer: Trainer) -> None:
    """Set Lightning's count of batches, which serves as the step of all logging alone."""
    trainer.fit_loop.epoch_loop._batches_that_stepped = battles_of(trainer).evaluated_at


def _tell(env_steps: int, budget: int, row: dict[str, float]) -> None:
    told = (env_steps, budget, row["test/win_rate"], row["test/return"])
    log.info("env_steps %d of %d: test win rate %.2f, return %.2f", *told)


def _play_fresh_episodes(battles: BattleData, file: Path) -> None:
    """Record fresh episodes of the learner, unless the file has them."""
    if len(_rows(file)) < battles.final_episodes:
        file.unlink(missing_ok=True)
        episodes = battles.final_test()
        require_finite_episodes(episodes)
        Table(file).append(_episode_rows(battles.evaluated_at, episodes))


def _rows(file: Path) -> list[dict[str, str]]:
    """Return the rows of a table, none if it is damaged."""
    try:
        return Table(file).rows()
    except ConfigError:
        return []


def _test_first(item: tuple[str, float]) -> tuple[bool, str]:
    return not item[0].startswith("test/"), item[0]


def _episode_rows(env_steps: int, batch: EpisodeBatch) -> list[Row]:
    return [{"env_steps": env_steps, **row} for row in episode_rows(batch)]
