"""Loads the model of a run from its last checkpoint."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from omegaconf import DictConfig, OmegaConf

from aiirmix.common.errors import ConfigError, first_line
from aiirmix.envs.protocol import BatchEnv
from aiirmix.learners.base import Learner
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.lookup import list_directories
from aiirmix.runs.provenance import read_provenance
from aiirmix.training.build import build
from aiirmix.training.checkpoint import load_checkpoint
from aiirmix.training.resume import require_own

log = logging.getLogger(__name__)

LEFT_OUT = "left_out"
"""In a checkpoint, the networks that it lacks (`aiirmix.evaluation.strip`)."""


@dataclass(frozen=True)
class Trained:
    """A trained model and its environment, which the caller closes."""

    directory: RunDirectory
    env: BatchEnv
    learner: Learner

    @property
    def model(self) -> str:
        """The model with its changed settings."""
        return self.directory.labels.model

    @property
    def trained_in(self) -> str | None:
        """The environment of the training with its version, ``skirmish-3/2s3z``; None if it was not recorded."""
        return read_provenance(self.directory.provenance_file).get("environment")


def load_trained(directory: RunDirectory) -> Trained:
    """Load the model of the run's last checkpoint onto the CPU.

    Raises:
        ConfigError: there is no run or no checkpoint, this version cannot load it, or its map file has changed.
    """
    directory.refuse_old()
    config = _configuration(directory)
    with _load_errors(directory):
        checkpoint = _checkpoint(directory)
        try:
            return _built(directory, config, checkpoint)
        except Exception as error:  # whatever settings can raise that this version does not have
            if LEFT_OUT not in checkpoint:
                raise
            why = first_line(error)
            log.warning("%s is built with this version's settings, as its own cannot be used: %s", directory.path, why)
            return _built(directory, _composed_anew(directory, config), checkpoint)


def _built(directory: RunDirectory, config: DictConfig, checkpoint: Mapping[str, Any]) -> Trained:
    """Build environment and model, with the networks of the checkpoint."""
    with ExitStack() as on_failure:
        env: BatchEnv = build(config.env)
        on_failure.callback(env.close)
        _check_map(directory, env.spec.name)
        learner: Learner = build(config.model, spec=env.spec, seed=config.seed)
        learner.load_state_dict(_networks(learner, checkpoint))
        on_failure.pop_all()
        return Trained(directory, env, learner)


def _networks(learner: Learner, checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of all networks: as trained, or as they start where the checkpoint leaves a network out."""
    left_out = tuple(f"{name}." for name in checkpoint.get(LEFT_OUT, ()))
    started = {key: value for key, value in learner.state_dict().items() if key.startswith(left_out)}
    return {**started, **checkpoint["state_dict"]}


def _composed_anew(directory: RunDirectory, config: DictConfig) -> DictConfig:
    """Return the configuration that a model without changed settings has in this version.

    A model that is kept only to play outlives settings of learning that come and go.
    """
    from aiirmix.launch.compose import compose_run, configurations

    labels = directory.labels
    with configurations():
        return compose_run([f"model={labels.model}", f"env.map={labels.map}", f"seed={config.seed}"])


def _configuration(directory: RunDirectory) -> DictConfig:
    if not directory.config_file.exists() and directory.identity is None:
        below = next(iter(list_directories(directory.path)), None)
        hint = f"; did you mean {below.path}?" if below else ""
        raise ConfigError(f"{directory.path} is not a run: it has no {directory.config_file.name}{hint}")
    return OmegaConf.create(directory.config())


def _check_map(directory: RunDirectory, environment: str) -> None:
    """Check that the environment, ``skirmish-3/my_map-3f2a9c1b``, has the map that the run was trained on."""
    trained_in = str(read_provenance(directory.provenance_file).get("environment", environment))
    if trained_in.partition("/")[2] != environment.partition("/")[2]:
        raise ConfigError(f"{directory.path} was trained in {trained_in}, not in {environment}: restore its map file")


def _checkpoint(directory: RunDirectory) -> dict[str, Any]:
    file, previous = directory.checkpoint_file, directory.previous_checkpoint_file
    if not (file.exists() or previous.exists()):
        raise ConfigError(f"{directory.path} has no checkpoint: let it reach its first evaluation")
    try:
        checkpoint = load_checkpoint(file)
        require_own(file, checkpoint, directory)
    except ConfigError as error:
        older = f"; {previous} is the model one evaluation before: copy it to {file.name} to use that"
        raise ConfigError(f"{error}{older if previous.exists() else '; restore it from a copy'}") from error
    return checkpoint


@contextmanager
def _load_errors(directory: RunDirectory) -> Iterator[None]:
    """Turn anything that a run of another version, or a damaged file, can raise into a ConfigError."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        if missing := _missing_module(error):
            remedy = "type the command in the folder of that module, or add the folder to PYTHONPATH"
            raise ConfigError(f"{directory.path} needs the module {missing}: {remedy}") from error
        raise ConfigError(f"this version cannot load {directory.path}: {_summary(error)}") from error


def _missing_module(error: BaseException) -> str | None:
    """Return the module of the user's own that a configuration names and that cannot be found, if that is the cause."""
    target = re.search(r"Error locating target '([^']+)'", str(error))
    cause: BaseException | None = error
    while target and cause is not None:
        if isinstance(cause, ModuleNotFoundError) and cause.name and target[1].startswith(f"{cause.name}."):
            return None if cause.name.partition(".")[0] == "aiirmix" else cause.name
        cause = cause.__cause__
    return None


def _summary(error: Exception) -> str:
    return shorten(str(error), 200) or type(error).__name__
