"""Runs of the real configuration, on a toy environment."""

from pathlib import Path

from aiirmix.launch.compose import compose_run, configurations
from aiirmix.runs.directory import RunDirectory
from aiirmix.training.fit import fit

CREDIT_GAME = {"_target_": "tests.toys.CreditGame", "steps": 5, "ragged": True, "mortal": True}


def toy_config(*overrides, env=CREDIT_GAME):
    """Return the configuration of a short run with these overrides, on `env` (None: the configured one)."""
    short = ("env_steps=300", "evaluation.every=100", "evaluation.episodes=4", "trainer.enable_progress_bar=false")
    with configurations():
        config = compose_run((*short, *overrides))
    del config.hydra
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
