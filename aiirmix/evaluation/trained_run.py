"""Loads the model of a run from its last checkpoint."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import shorten
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf
from yaml import YAMLError

from aiirmix.common.errors import ConfigError
from aiirmix.envs.protocol import BatchEnv
from aiirmix.learners.base import Learner
from aiirmix.runs.directory import RunDirectory
from aiirmix.training.build import build
from aiirmix.training.checkpoint import load_checkpoint


@dataclass(frozen=True)
class Trained:
    """A trained model and its environment, which the caller closes."""

    directory: RunDirectory
    env: BatchEnv
    learner: Learner

    @property
    def model(self) -> str:
        """The model's name, from `<model>/<map>/seed=<n>`; for a run that was moved, its folder's."""
        path = self.directory.path.resolve()
        return path.parent.parent.name if path.name.startswith("seed=") else path.name


def load_trained(directory: RunDirectory) -> Trained:
    """Load the model of the run's last checkpoint onto the CPU.

    Raises:
        ConfigError: there is no run or no checkpoint, or this version cannot load it.
    """
    directory.refuse_old()
    config = _configuration(directory)
    with _load_errors(directory):
        env: BatchEnv = build(config.env)
        learner: Learner = build(config.model, spec=env.spec, seed=config.seed)
        learner.load_state_dict(_checkpoint(directory)["state_dict"])
    return Trained(directory, env, learner)


def _configuration(directory: RunDirectory) -> DictConfig:
    try:
        return cast(DictConfig, OmegaConf.load(directory.config_file))
    except FileNotFoundError as error:
        below = next(directory.path.glob("**/seed=*/config.yaml"), None)
        hint = f"; did you mean {below.parent}?" if below else ""
        raise ConfigError(f"{directory.path} is not a run: it has no {directory.config_file.name}{hint}") from error
    except (YAMLError, OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {directory.config_file}: {_summary(error)}") from error


def _checkpoint(directory: RunDirectory) -> dict[str, Any]:
    if not directory.checkpoint_file.exists():
        raise ConfigError(f"{directory.path} has no checkpoint: let it reach its first evaluation")
    return load_checkpoint(directory.checkpoint_file)


@contextmanager
def _load_errors(directory: RunDirectory) -> Iterator[None]:
    """Turn anything that a run of another version, or a damaged file, can raise into a ConfigError."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(f"this version cannot load {directory.path}: {_summary(error)}") from error


def _summary(error: Exception) -> str:
    return shorten(str(error), 200) or type(error).__name__
