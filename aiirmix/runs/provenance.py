"""Where the numbers of a run come from, read from `provenance.yaml`."""

from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from aiirmix.common.errors import ConfigError, first_line
from aiirmix.runs.config import plain_config

CURE = "restore it, or remove it: the run then counts as one of an unknown environment"


def read_provenance(path: Path) -> dict[str, Any]:
    """Return environment, commit and versions; nothing if the file does not exist.

    Raises:
        ConfigError: it is damaged.
    """
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
        content = plain_config(OmegaConf.create(text))
    except (YAMLError, OmegaConfBaseException, OSError, UnicodeDecodeError, AssertionError) as error:
        raise ConfigError(f"cannot read {path}: {first_line(error)}; {CURE}") from error
    # The last line of a truncated file may be half a line.
    if not (text.endswith("\n") and content.get("environment")):
        raise ConfigError(f"{path} is damaged: it is truncated; {CURE}")
    return content
