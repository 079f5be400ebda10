"""Lets the trained model of a run play one battle, greedily as in a test, and asks what it thought of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import shorten
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf
from torch import Tensor
from yaml import YAMLError

from aiirmix.data.collector import Collector
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.protocol import BatchEnv
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.errors import ConfigError
from aiirmix.learners.base import Learner
from aiirmix.learners.intrinsic import IntrinsicActorCritic
from aiirmix.nets.intrinsic import AttentionReward
from aiirmix.training.build import build
from aiirmix.training.run_directory import RunDirectory
from aiirmix.watching.camera import Camera
from aiirmix.watching.recording import Insight, Recording


def play_model(directory: RunDirectory, seed: int) -> Recording:
    """A battle of the run's last checkpoint, on the run's map.

    Raises:
        ConfigError: there is no run or no checkpoint, this version cannot take it up, or its environment is
            not skirmish.
    """
    config = _configuration(directory)
    with _explained(directory):
        env: BatchEnv = build(config.env)
        if not isinstance(env, Skirmish):
            raise ConfigError(f"{directory.path}: only battles of skirmish can be recorded, not of {env.spec.name}")
        learner: Learner = build(config.model, spec=env.spec, seed=config.seed)
        learner.load_state_dict(_checkpoint(directory)["learner"])
    camera = Camera(env)
    batch = Collector(camera).collect(learner.policy, np.array([seed]))
    return camera.recording(f"{_model(directory)}, {int(learner.env_steps):,} steps", insight(learner, batch))


@torch.no_grad()
def insight(learner: Learner, batch: EpisodeBatch) -> Insight | None:
    """What the reward networks make of the only episode of a batch; None if the learner has no such networks."""
    if not isinstance(learner, IntrinsicActorCritic):
        return None
    steps = batch.steps
    r_in = learner.intrinsic(steps)
    r_total = learner.mixer(r_in, batch.reward[:, 0])
    source = learner.intrinsic
    attention = source.attention(steps) if isinstance(source, AttentionReward) else None
    return Insight(_rounded(r_in), _rounded(r_total), None if attention is None else _rounded(attention))


def _rounded(values: Tensor) -> NDArray[np.float64]:
    rounded: NDArray[np.float64] = np.round(values.double().numpy(), 4)
    return rounded


def _configuration(directory: RunDirectory) -> DictConfig:
    try:
        return cast(DictConfig, OmegaConf.load(directory.config_file))
    except FileNotFoundError as error:
        below = next(directory.path.glob("**/seed=*/config.yaml"), None)
        hint = f"; did you mean {below.parent}?" if below else ""
        raise ConfigError(f"{directory.path} is no run: it has no {directory.config_file.name}{hint}") from error
    except (YAMLError, OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {directory.config_file}: {_shortly(error)}") from error


def _checkpoint(directory: RunDirectory) -> dict[str, Any]:
    path = directory.checkpoints / "last.pt"
    if not path.exists():
        raise ConfigError(f"{directory.path} has no checkpoint: let it reach its first evaluation")
    state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    return state


@contextmanager
def _explained(directory: RunDirectory) -> Iterator[None]:
    """Turns into a ConfigError whatever a run of another version, or a damaged file, may raise."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(f"this version cannot take up {directory.path}: {_shortly(error)}") from error


def _model(directory: RunDirectory) -> str:
    """The model's name, from `<model>/<map>/seed=<n>`; of a run that was moved, its folder's."""
    path = directory.path.resolve()
    return path.parent.parent.name if path.name.startswith("seed=") else path.name


def _shortly(error: Exception) -> str:
    return shorten(str(error), 200) or type(error).__name__
