"""The model of a run's best evaluation, which is tested on fresh episodes beside the final one.

The best evaluation has the highest test win rate and, among equal ones, the highest return; the first of those that are
equal in both.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from aiirmix.common.errors import ConfigError
from aiirmix.learners.base import Learner
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.training.checkpoint import env_steps_of, load_checkpoint
from aiirmix.training.data_module import evaluated_at
from aiirmix.training.tensor_files import save_tensors


def keep_if_best(directory: RunDirectory, learner: Learner) -> None:
    """Write `checkpoints/best.ckpt` if the last row of `metrics.csv` is the best.

    It holds networks and counters: enough to play, not to go on with training.
    """
    evaluations = _evaluations(directory)
    if _best_of(evaluations) == len(evaluations) - 1:
        save_tensors({"state_dict": learner.state_dict()}, directory.best_checkpoint_file)


@contextmanager
def best_weights(directory: RunDirectory, learner: Learner) -> Iterator[None]:
    """Lend the learner the networks and counters of its best evaluation.

    Raises:
        ConfigError: their file is missing, damaged, or of another evaluation than the best in `metrics.csv`.
    """
    best = load_checkpoint(directory.best_checkpoint_file)
    _require_evaluation(directory, env_steps_of(best))
    final = {name: value.clone() for name, value in learner.state_dict().items()}
    learner.load_state_dict(best["state_dict"])
    try:
        yield
    finally:
        learner.load_state_dict(final)


def _require_evaluation(directory: RunDirectory, reached: int) -> None:
    """Make sure that a checkpoint was written after the best evaluation, before the next one."""
    evaluations, every = _evaluations(directory), int(directory.config()["evaluation"]["every"])
    best = int(evaluations[_best_of(evaluations)]["env_steps"])
    if evaluated_at(reached, every) != best:
        raise ConfigError(
            f"{directory.best_checkpoint_file} is of env step {reached}, the best evaluation is of {best}"
        )


def _best_of(evaluations: Sequence[Mapping[str, str]]) -> int:
    """Return the place of the best evaluation."""
    scores = [(float(row["test/win_rate"]), float(row["test/return"])) for row in evaluations]
    return max(range(len(scores)), key=scores.__getitem__)


def _evaluations(directory: RunDirectory) -> list[dict[str, str]]:
    return Table(directory.metrics_file).rows()
