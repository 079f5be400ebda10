"""Files of tensors that are checked before they are used."""

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import torch

from aiirmix.common.errors import ConfigError, first_line
from aiirmix.common.files import atomic_file


def load_tensors(path: Path) -> Any:  # noqa: ANN401 - tensors and plain containers
    """Compare the contents of a file that `torch.save` wrote with its checksums, and load it as `load_whole` does.

    Raises:
        ConfigError: there is no such file, or it is damaged.
    """
    require_whole(path)
    return load_whole(path)


def load_whole(path: Path) -> Any:  # noqa: ANN401 - tensors and plain containers
    """Load a file that is known to be whole onto the processor, without executing code.

    Raises:
        ConfigError: there is no such file, or it is damaged where that shows without its checksums.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch documents no exceptions, and raises those of zip files and pickles.
        raise ConfigError(f"{path} is damaged: {first_line(error)}") from error


def save_tensors(content: object, path: Path) -> None:
    """Write tensors and plain containers: the whole file or none of it.

    Raises:
        ConfigError: the disk is full.
    """
    # torch says that the disk is full only if it is given an open file.
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        torch.save(content, file)


def save_small(content: object, path: Path) -> None:
    """Write tensors and plain containers as `torch.save` does, and compress them: `load_tensors` reads both."""
    plain = BytesIO()
    torch.save(content, plain)
    with ZipFile(plain) as parts, ZipFile(path, "w") as small:
        for name in parts.namelist():
            small.writestr(ZipInfo(name), parts.read(name), ZIP_DEFLATED, compresslevel=9)


def require_whole(path: Path) -> None:
    """Compare the contents of a file that `torch.save` wrote with the checksums in it.

    Raises:
        ConfigError: there is no such file, or it is damaged.
    """
    if not path.exists():
        raise ConfigError(f"there is no file {path}")
    try:
        with ZipFile(path) as parts:
            damaged = parts.testzip()
    except Exception as error:  # A damaged file can raise nearly anything.
        raise ConfigError(f"{path} is damaged: {first_line(error)}") from error
    if damaged:
        raise ConfigError(f"{path} is damaged: the checksum of {damaged} is wrong")
