"""Takes up the model of a run at its last checkpoint."""

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
    """A model, and the environment that it was trained in. Whoever loads it closes the environment."""

    directory: RunDirectory
    env: BatchEnv
    learner: Learner

    @property
    def model(self) -> str:
        """The model's name, from `<model>/<map>/seed=<n>`; of a run that was moved, its folder's."""
        path = self.directory.path.resolve()
        return path.parent.parent.name if path.name.startswith("seed=") else path.name


def load_trained(directory: RunDirectory) -> Trained:
    """The model of the run's last checkpoint, on the processor.

    Raises:
        ConfigError: there is no run or no checkpoint, or this version cannot take it up.
    """
    directory.refuse_old()
    config = _configuration(directory)
    with _explained(directory):
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
        raise ConfigError(f"{directory.path} is no run: it has no {directory.config_file.name}{hint}") from error
    except (YAMLError, OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {directory.config_file}: {_shortly(error)}") from error


def _checkpoint(directory: RunDirectory) -> dict[str, Any]:
    if not directory.checkpoint_file.exists():
        raise ConfigError(f"{directory.path} has no checkpoint: let it reach its first evaluation")
    return load_checkpoint(directory.checkpoint_file)


@contextmanager
def _explained(directory: RunDirectory) -> Iterator[None]:
    """Turns into a ConfigError whatever a run of another version, or a damaged file, may raise."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(f"this version cannot take up {directory.path}: {_shortly(error)}") from error


def _shortly(error: Exception) -> str:
    return shorten(str(error), 200) or type(error).__name__
