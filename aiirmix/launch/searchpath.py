"""A folder of one's own components, searched after `conf/`: Hydra's `--config-dir` as a setting."""

import re
from pathlib import Path

KEY = "hydra.searchpath"


def searchpath(folder: str | None) -> list[str]:
    """Return the setting that adds this folder to `conf/`, in a list that is empty without a folder."""
    return [] if folder is None else [f"{KEY}=[{_quoted(f'file://{Path(folder).absolute()}')}]"]


def _quoted(text: str) -> str:
    """Return the text as Hydra's parser and OmegaConf read it: literally."""
    literal = re.sub(r"(\\*)\$\{", r"\1\1\\${", text)
    escaped = re.sub(r"(\\*)'", r"\1\1\\'", literal)
    return f"'{escaped}'"
