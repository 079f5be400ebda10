"""Train one run, or with -m as many runs as the settings spell."""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path

from aiirmix.cli.parser import check_options
from aiirmix.common.errors import ConfigError

TUNING = "hydra/sweeper=optuna"
"""The setting with which a sweep is a search."""


def main(arguments: Sequence[str]) -> int:
    """Run what `python run.py` runs with the same arguments.

    Raises:
        ConfigError: a flag is unknown, or Hydra's completion is to be installed for another program than run.py.
    """
    from aiirmix.launch import hydra_adapter
    from aiirmix.launch.command import command
    from aiirmix.launch.job import treat_sigterm_as_ctrl_c

    check_options(arguments, list(hydra_adapter.flags()), otherwise="settings are written key=value, see --help")
    _refuse_installation(arguments)
    treat_sigterm_as_ctrl_c()
    return _tune(arguments) if TUNING in arguments else command(arguments)


def _tune(arguments: Sequence[str]) -> int:
    """Run what `aiirmix tune` runs with these models and settings.

    Raises:
        ConfigError: there are flags other than -m.
    """
    from aiirmix.tuning.command import tune

    flags = [word for word in arguments if word.startswith("-")]
    if flags not in (["-m"], ["--multirun"]):
        raise ConfigError(f"{TUNING} makes many runs: add -m, and no other flag")
    return tune([word for word in arguments if word not in flags])


def complete(words: Sequence[str]) -> list[str]:
    """Return what the last word could become: flags, their values, or the settings that Hydra suggests."""
    from aiirmix.launch import hydra_adapter
    from aiirmix.launch.command import REFUSED

    flags, (*before, word) = hydra_adapter.flags(), words
    if word.startswith("-"):
        return [flag for flag in flags if flag not in REFUSED]
    values = flags.get(before[-1]) if before else None
    if values is not None:
        return list(values)
    os.environ["COMP_LINE"] = " ".join(["run.py", *words])
    folders = (pair for pair in pairwise(before) if pair[0] == "--config-dir")
    with redirect_stdout(io.StringIO()) as suggested:
        main(["-sc", "query=bash", *next(folders, ())])
    return suggested.getvalue().split()


def _refuse_installation(arguments: Sequence[str]) -> None:
    asks = {"-sc", "--shell-completion"}.intersection(arguments)
    if asks and "query" not in " ".join(arguments) and Path(sys.argv[0]).name != "run.py":
        raise ConfigError("-sc installs the completion of run.py; that of aiirmix is: aiirmix completion bash")
