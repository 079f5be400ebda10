"""Atomic writes, and the disk space that they need."""

import errno
import os
import shutil
from pathlib import Path

from aiirmix.common.errors import ConfigError


def require_space(path: Path, megabytes: int, what: str = "this") -> None:
    """Check that a path is writable and that its disk has enough free space.

    Args:
        path: a file or a folder, which need not exist.
        megabytes: the space needed.
        what: needs the space; part of the message.

    Raises:
        ConfigError: the path cannot be written, or there is too little space.
    """
    existing = next(parent for parent in [path.absolute(), *path.absolute().parents] if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise ConfigError(f"cannot write in {existing}: it is {'read-only' if existing.is_dir() else 'not a folder'}")
    free = shutil.disk_usage(existing).free // 10**6
    if free < megabytes:
        raise ConfigError(f"no disk space: {what} needs {megabytes} MB free in {existing}, there are {free} MB")


def atomic_write(path: Path, text: str) -> None:
    """Write a text file completely or not at all.

    Raises:
        ConfigError: the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise ConfigError(f"no disk space to write {path}") from error
        raise
