"""What all tests share."""

import logging

import pytest
import torch
from hypothesis import settings

settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True)
settings.load_profile("quick")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Tiny networks are fastest with one, and tests may run side by side."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def loggers_of_the_suite_work():
    """Undo what the logging configuration of a run in an earlier test did to the suite's loggers."""
    logging.disable(logging.NOTSET)
    logging.root.setLevel(logging.WARNING)
    for name, logger in logging.root.manager.loggerDict.items():
        if name.startswith("aiirmix") and isinstance(logger, logging.Logger):
            logger.disabled, logger.propagate = False, True
            logger.setLevel(logging.NOTSET)
