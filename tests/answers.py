"""Commands in this process: what they printed, and how they ended."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from aiirmix.cli.main import main


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@contextmanager
def commands(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Answer]]:
    """Give a function that runs a command line, and restore logging afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def run(command: str, line: str) -> Answer:
        code = main([command, *line.split()])
        return Answer(code, *capsys.readouterr())

    yield run
    root.handlers, root.level = handlers, level
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False
