"""What all tests share."""

import logging

import numpy as np
import pytest
import torch
from hypothesis import settings

from aiirmix.envs.skirmish.env import Skirmish

settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True)
settings.load_profile("quick")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config, specs):
    """Compile the simulator once, before each of the workers would do it."""
    env = Skirmish("3m", heuristic_ai=True)
    for scripted in (True, False):
        env.heuristic_ai = scripted
        env.reset(np.arange(1))
        env.step(np.ones((1, 3), np.int64))


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Tiny networks are fastest with one, and tests may run side by side."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def loggers_work():
    """Undo what the logging configuration of a run in an earlier test did to loggers."""
    logging.disable(logging.NOTSET)
    logging.root.setLevel(logging.WARNING)
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger):
            logger.disabled = False
            if name.startswith("aiirmix"):
                logger.propagate = True
                logger.setLevel(logging.NOTSET)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
