"""The episodes of a replay buffer beside a checkpoint, in files that are written once and never changed.

A file `<first>-<end>.pt` holds the episodes first … end − 1 ever added. A checkpoint names the files that it needs.
They are complete before it names them, and stay as long as it does.
"""

from collections.abc import Sequence
from pathlib import Path

from aiirmix.data.replay import ReplayBuffer
from aiirmix.training.tensor_files import load_whole, save_tensors


def write_new(folder: Path, replay: ReplayBuffer, present: Sequence[str]) -> list[str]:
    """Write the episodes that no file has yet.

    Args:
        folder: of the files.
        replay: holds the episodes.
        present: the files that the last checkpoint names.

    Returns:
        The files that the next checkpoint has to name.
    """
    oldest = replay.added - len(replay)
    first = max(oldest, *(_end(name) for name in present), 0)
    names = [name for name in present if _end(name) > oldest]
    if first < replay.added:
        names.append(f"{first}-{replay.added}.pt")
        folder.mkdir(exist_ok=True)
        save_tensors(replay.newest(first), folder / names[-1])
    return names


def read(folder: Path, replay: ReplayBuffer, names: Sequence[str]) -> None:
    """Fill the buffer with the episodes that it held when a checkpoint named these files, all known to be whole.

    Their checksums are compared once, when the checkpoint is chosen (`aiirmix.training.resume`).

    Raises:
        ConfigError: a file is missing.
    """
    replay.added = int(names[0].partition("-")[0])
    for name in names:
        replay.restore(load_whole(folder / name))


def drop_others(folder: Path, names: Sequence[str]) -> None:
    """Remove the files that no checkpoint names any longer, and partial files of a killed process."""
    for file in folder.glob("*") if folder.exists() else ():
        if file.name not in names:
            file.unlink()


def _end(name: str) -> int:
    return int(name.removesuffix(".pt").partition("-")[2])
