"""The model of a run's best evaluation, which is tested on fresh episodes beside the final one.

The best evaluation has the highest test win rate and, among equal ones, the highest return; the first of those that are
equal in both.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from aiirmix.common.files import atomic_file
from aiirmix.learners.base import Learner
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.training.checkpoint import load_checkpoint


def keep_if_best(directory: RunDirectory, learner: Learner) -> None:
    """Write `checkpoints/best.ckpt` if the last row of `metrics.csv` is the best.

    It holds networks and counters: enough to play, not to go on with training.
    """
    *before, latest = [(float(row["test/win_rate"]), float(row["test/return"])) for row in _evaluations(directory)]
    if all(latest > one for one in before):
        with atomic_file(directory.best_checkpoint_file) as temporary:
            torch.save({"state_dict": learner.state_dict()}, temporary)


@contextmanager
def best_weights(directory: RunDirectory, learner: Learner) -> Iterator[None]:
    """Lend the learner the networks and counters of its best evaluation.

    Raises:
        ConfigError: their file is missing or damaged.
    """
    final = {name: value.clone() for name, value in learner.state_dict().items()}
    learner.load_state_dict(load_checkpoint(directory.best_checkpoint_file)["state_dict"])
    try:
        yield
    finally:
        learner.load_state_dict(final)


def _evaluations(directory: RunDirectory) -> list[dict[str, str]]:
    return Table(directory.metrics_file).rows()
