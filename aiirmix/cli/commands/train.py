"""Train one run, or with -m as many runs as the settings spell."""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path

from aiirmix.common.errors import ConfigError

FLAGS: dict[str, tuple[str, ...]] = {
    "--multirun": (),
    "--config-dir": (),
    "--cfg": ("job", "hydra", "all"),
    "--help": (),
    "--hydra-help": (),
}
"""The flags that are completed, with their values."""


def main(arguments: Sequence[str]) -> int:
    """Run what `python run.py` runs with the same arguments.

    Raises:
        ConfigError: Hydra's completion is to be installed for another program than run.py, which it cannot serve.
    """
    from aiirmix.launch.command import command
    from aiirmix.launch.job import end_politely

    _refuse_installation(arguments)
    end_politely()
    return command(arguments)


def complete(words: Sequence[str]) -> list[str]:
    """Return what the last word could become: flags, their values, or the settings that Hydra suggests."""
    *before, word = words
    if word.startswith("-"):
        return list(FLAGS)
    if before and before[-1] in FLAGS and before[-1] != "--multirun":
        return list(FLAGS[before[-1]])
    os.environ["COMP_LINE"] = " ".join(["run.py", *words])
    folders = (pair for pair in pairwise(before) if pair[0] == "--config-dir")
    with redirect_stdout(io.StringIO()) as suggested:
        main(["-sc", "query=bash", *next(folders, ())])
    return suggested.getvalue().split()


def _refuse_installation(arguments: Sequence[str]) -> None:
    asks = {"-sc", "--shell-completion"}.intersection(arguments)
    if asks and "query" not in " ".join(arguments) and Path(sys.argv[0]).name != "run.py":
        raise ConfigError("-sc installs the completion of run.py; that of aiirmix is: aiirmix completion bash")
