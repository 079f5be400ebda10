"""Write files atomically, and check that there is space for them."""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aiirmix.common.errors import ConfigError

_TEMPORARY = re.compile(r"\.\d+\..+")


def require_space(path: Path, megabytes: int, what: str = "this") -> None:
    """Check that a path, which need not exist, is writable and has enough free space for `what`.

    Raises:
        ConfigError: it is read-only, or there is less space.
    """
    existing = next(parent for parent in [path.absolute(), *path.absolute().parents] if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise ConfigError(f"cannot write in {existing}: it is {'read-only' if existing.is_dir() else 'not a folder'}")
    free = shutil.disk_usage(existing).free // 10**6
    if free < megabytes:
        raise ConfigError(f"no disk space: {what} needs {megabytes} MB free in {existing}, there are {free} MB")


def require_writable(path: Path, opening: str = "") -> None:
    """Check, before it is computed, that a file can be written and replaces none of another kind.

    Args:
        path: the file.
        opening: what files of its kind begin with.

    Raises:
        ConfigError: it cannot or would; the message names the option that writes elsewhere.
    """
    if path.is_dir():
        raise ConfigError(f"{path} is a folder; --out takes the name of a file")
    if path.exists() and not path.read_bytes().startswith(opening.encode()):
        raise ConfigError(f"{path} is there already and of another kind: choose another name with --out")
    try:
        require_space(path.parent, 1)
    except ConfigError as error:
        raise ConfigError(f"{error}; --out writes to another place") from error


def make_folder(path: Path) -> None:
    """Make a folder for results, unless it is there.

    Raises:
        ConfigError: there is a file of that name on the way; the message names the option that writes elsewhere.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ConfigError(
            f"cannot make the folder {path}: there is a file; --out takes the name of a folder"
        ) from error


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path for the new content of `path`, and move it there when the block ends.

    The content is flushed to the disk first, so that `path` holds the old file or the whole new one at any time. Then
    the folder is flushed, so that the new file outlives a power cut. The temporary file is in the same folder and keeps
    the suffix. It is removed if the block raises; only a process that is killed leaves one behind (`is_temporary`).

    Raises:
        ConfigError: the disk is full.
    """
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield temporary
        _flush_to_disk(temporary)
        os.replace(temporary, path)
        _flush_folder(path.parent)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ConfigError(f"no disk space to write {path}") from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def atomic_write(path: Path, text: str) -> None:
    """Write a text file atomically, as UTF-8 and with its line ends unchanged.

    Raises:
        ConfigError: the disk is full.
    """
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def is_temporary(path: Path) -> bool:
    """Return whether `atomic_file` made this file for its own use."""
    return _TEMPORARY.fullmatch(path.name) is not None


def _flush_to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Flush the names in a folder, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
