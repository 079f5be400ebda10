"""Runs of the real configuration, on a toy environment."""

from functools import cache
from pathlib import Path

import pytest

from aiirmix.launch.compose import compose_run, configurations
from aiirmix.runs.directory import RunDirectory
from aiirmix.training.fit import fit

CREDIT_GAME = {"_target_": "tests.toys.CreditGame", "steps": 5, "ragged": True, "mortal": True}

OFF_POLICY = ("model=qmix", "model.batch_size=4", "model.episodes_per_batch=4", "model.replay.capacity=30")


@cache
def _composed(overrides):
    with configurations():
        config = compose_run(overrides)
    del config.hydra
    return config


class PowerCutError(Exception):
    """Ends a run."""


def toy_config(*overrides, env=CREDIT_GAME):
    """Return the configuration of a short run with these overrides, on `env` (None: the configured one)."""
    short = ("env_steps=300", "evaluation.every=100", "evaluation.episodes=4", "trainer.enable_progress_bar=false")
    config = _composed((*short, *overrides)).copy()
    if env is not None:
        config.env = env
    return config


def open_run(config, path):
    """Return the directory of a run, ready to be filled."""
    directory = RunDirectory(Path(path))
    directory.open(config)
    return directory


def train(path, *overrides, env=CREDIT_GAME):
    """Train a whole run."""
    config = toy_config(*overrides, env=env)
    directory = open_run(config, path)
    fit(config, directory)
    return directory


def cut(config, path, owner, name, at_call):
    """Begin a run or go on with it; this call of a method of `owner`, counted from 0, ends it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, failing(getattr(owner, name), at_call))
        with pytest.raises(PowerCutError):
            fit(config, open_run(config, path))


def failing(method, at_call):
    """Return the method; this call of it, counted from 0, ends the run."""
    calls = iter(range(1000))

    def wrapper(*arguments, **keywords):
        if next(calls) == at_call:
            raise PowerCutError
        return method(*arguments, **keywords)

    return wrapper


def assert_same_record(directory, expected):
    assert directory.metrics_file.read_bytes() == expected.metrics_file.read_bytes()
    assert directory.episodes_file.read_bytes() == expected.episodes_file.read_bytes()
