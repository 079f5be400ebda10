"""Where the numbers of a run come from, as far as its configuration does not tell."""

import logging
import platform
import subprocess
from pathlib import Path

import numpy as np
import torch
from omegaconf import OmegaConf

from aiirmix import __version__
from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write
from aiirmix.common.resources import PACKAGE, is_packaged
from aiirmix.envs.protocol import EnvSpec
from aiirmix.runs.provenance import read_provenance

log = logging.getLogger(__name__)


def record_provenance(path: Path, spec: EnvSpec) -> None:
    """Write environment, commit and versions to a YAML file, unless an earlier part of the run has.

    A damaged file is written again: the run goes on with this version.
    """
    try:
        if read_provenance(path):
            return
    except ConfigError as error:
        log.warning("%s was written again: %s", path, error)
    versions = {
        "aiirmix": __version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }
    atomic_write(path, OmegaConf.to_yaml(OmegaConf.create({"environment": spec.name, "commit": commit(), **versions})))


def commit(package: Path = PACKAGE) -> str:
    """Return the git commit of the code, or its version if a wheel was installed.

    The commit of a clone ends with `-dirty` if tracked files were changed. Outside a repository it is `unknown`.
    """
    if is_packaged(package):
        return f"v{__version__}"
    command = ["git", "-C", str(package), "describe", "--always", "--dirty", "--abbrev=12", "--match="]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
