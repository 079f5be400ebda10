"""Plays one battle with the trained model of a run, greedily, and records its rewards and attention."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from aiirmix.common.errors import ConfigError
from aiirmix.data.collector import Collector
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.evaluation.trained_run import load_trained
from aiirmix.learners.base import Learner
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.viewer.camera import Camera
from aiirmix.viewer.recording import Insight, Recording


def play_model(directory: RunDirectory, seed: int) -> Recording:
    """Play and record a battle with the run's last checkpoint, on the run's map.

    Raises:
        ConfigError: there is no run or no checkpoint, this version cannot load it, or its environment is not
            skirmish.
    """
    trained = load_trained(directory)
    env, learner = trained.env, trained.learner
    if not isinstance(env, Skirmish):
        raise ConfigError(f"{directory.path}: only battles of skirmish can be recorded, not of {env.spec.name}")
    camera = Camera(env)
    batch = Collector(camera).collect(learner.policy, np.array([seed]))
    played_by = [trained.model, f"{int(learner.env_steps):,} steps", *engagement(directory)]
    return camera.recording(", ".join(played_by), insight(learner, batch))


def engagement(directory: RunDirectory) -> list[str]:
    """Say how much of the actors' advantage was intrinsic when it was last recorded, and how far two sources agreed."""
    rows = list(Table(directory.metrics_file).rows())
    last = {name: value for row in rows for name, value in row.items() if value}
    shown = {"rewards/fraction_of_advantage": "r_in {:.2g} of Var(A)", "balance/agreement": "agreement {:.2g}"}
    return [text.format(float(last[name])) for name, text in shown.items() if name in last]


def insight(learner: Learner, batch: EpisodeBatch) -> Insight | None:
    """Return rewards and attention of the single episode of a batch; None for a learner without reward networks."""
    shaped = learner.shaped_rewards(batch)
    if shaped is None:
        return None
    attention = None if shaped.attention is None else _rounded(shaped.attention)
    return Insight(_rounded(shaped.r_in), _rounded(shaped.r_total), attention)


def _rounded(values: Tensor) -> NDArray[np.float64]:
    rounded: NDArray[np.float64] = np.round(values.double().numpy(), 4)
    return rounded
