"""Folders for caches on machines where the installation, the home folder or both are read-only or absent."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def cache_folder(chosen: str = "", nearby: Path | None = None) -> Path | None:
    """Return the first folder that this process may write, and create it.

    Args:
        chosen: by the user; empty if no folder was.
        nearby: a folder of the installation.

    Returns:
        The chosen folder, the nearby one, `~/.cache/aiirmix`, or one below the temporary folder; None if all are
        read-only.
    """
    return next((folder for folder in _candidates(chosen, nearby) if _is_writable(folder)), None)


def temporary_folder() -> Path | None:
    """Return a folder below the temporary one that only this user may write; None if there can be none.

    Caches hold code, and anybody may write the temporary folder itself.
    """
    with suppress(OSError):
        folder = Path(tempfile.gettempdir(), f"aiirmix-{os.getuid() if hasattr(os, 'getuid') else 'user'}")
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022):
            return folder
    return None


def prepare_matplotlib() -> None:
    """Name a folder for Matplotlib's settings and fonts if the home folder is read-only or absent.

    It must be called before Matplotlib is imported, which would make a new folder in every process and say so.
    """
    if "MPLCONFIGDIR" in os.environ or any(map(_is_writable, _home("matplotlib"))):
        return
    folder = cache_folder()
    if folder is not None:
        os.environ["MPLCONFIGDIR"] = str(folder / "matplotlib")


def _candidates(chosen: str, nearby: Path | None) -> Iterator[Path]:
    if chosen:
        yield Path(chosen)
    if nearby is not None:
        yield nearby
    yield from _home("aiirmix")
    temporary = temporary_folder()
    if temporary is not None:
        yield temporary


def _home(name: str) -> Iterator[Path]:
    """Yield the folder of a program among the caches of the user, if there is a home folder."""
    with suppress(RuntimeError):
        yield Path.home() / ".cache" / name


def _is_writable(folder: Path) -> bool:
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    return False
