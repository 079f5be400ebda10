"""Figures and claims as YAML files: where they are kept, and how a wrong one is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import yaml

from aiirmix.common.errors import ConfigError, in_a_line, shown, unknown


def read_yaml(path: Path) -> object:
    """Read a YAML file.

    Raises:
        ConfigError: it cannot be read, or it is not YAML.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"cannot read {path}: {in_a_line(error)}") from error


def require_keys(entry: object, kind: type, where: str) -> Mapping[str, Any]:
    """Return the entry if its keys are the fields of a dataclass.

    Args:
        entry: what the file holds.
        kind: the dataclass.
        where: the place in the file, for messages.

    Raises:
        ConfigError: it is not a mapping, a key is unknown, or a field without a default is missing.
    """
    known = [field.name for field in fields(kind)]
    if not isinstance(entry, Mapping):
        raise ConfigError(f"{where}: should have the keys {', '.join(known)}")
    for key in entry:
        if key not in known:
            raise ConfigError(f"{where}: {unknown('key', str(key), known)}")
    needed = (field.name for field in fields(kind) if field.default is field.default_factory is MISSING)
    missing = [name for name in needed if name not in entry]
    if missing:
        raise ConfigError(f"{where}: {missing[0]} must be given")
    return entry


def require_list(key: str, value: object, where: str) -> Sequence[object]:
    """Return the value of a key if it is a list that is not empty.

    Raises:
        ConfigError: it is something else.
    """
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ConfigError(f"{where}: {key} should be a list, not {shown(value)}")
    return value
