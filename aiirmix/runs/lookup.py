"""Find the run directories below a folder."""

from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.identity import FILE, SEED


def list_directories(folder: Path) -> list[RunDirectory]:
    """Return all run directories below a folder, sorted by path; none if it does not exist."""
    marks = (f"{SEED}*/config.yaml", FILE)
    folders = {file.parent for mark in marks for file in folder.glob(f"**/{mark}")}
    return [RunDirectory(path) for path in sorted(folders)]


def find_directories(folder: Path) -> list[RunDirectory]:
    """Return all run directories in a folder, which may itself be one, sorted by path.

    Runs that have not started yet are among them: their configuration is written when the command is typed.

    Raises:
        ConfigError: the folder does not exist, or holds no run.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise ConfigError(f"there is no directory {folder}{_neighbours(folder)}")
    found = list_directories(folder) or [RunDirectory(file.parent) for file in folder.glob("config.yaml")]
    if not found:
        raise ConfigError(f"{folder} holds no run: those are in runs/<name>/<model>/<map>/seed=<n>/")
    return found


def _neighbours(folder: Path) -> str:
    there = sorted(path.name for path in folder.parent.iterdir() if path.is_dir()) if folder.parent.is_dir() else []
    return f"; {folder.parent} has {', '.join(there)}" if there else ""
