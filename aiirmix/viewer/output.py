"""Writes a recording as the kinds of file that names can end in."""

from collections.abc import Callable, Sequence
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write, require_space
from aiirmix.viewer.page import player_page
from aiirmix.viewer.recording import Recording

RECORDING_SUFFIX = ".json.gz"
MEGABYTES = 50
"""Space that a page or a video may need, with a margin."""


def check_outputs(paths: Sequence[Path]) -> None:
    """Check that files of these names can be written, before a battle is played for them.

    Raises:
        ConfigError: a name ends in something else, an encoder is missing, or there is no space.
    """
    for path in paths:
        if _writer(path) is _write_mp4:
            from aiirmix.viewer.mp4 import require_encoder

            require_encoder()
        require_space(path.parent, MEGABYTES)


def write(recording: Recording, paths: Sequence[Path]) -> None:
    """Write the recording to each path, as the end of its name says, and print the path.

    Raises:
        ConfigError: a name ends in something else, or the disk is full.
    """
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        _writer(path)(recording, path)
        print(path)


def _writer(path: Path) -> Callable[[Recording, Path], None]:
    writers = {".html": _write_page, ".gif": _write_gif, ".mp4": _write_mp4, RECORDING_SUFFIX: Recording.save}
    for suffix, writer in writers.items():
        if path.name.endswith(suffix):
            return writer
    raise ConfigError(f"--out {path}: the name must end in .html, .gif, .mp4 or {RECORDING_SUFFIX}")


def _write_page(recording: Recording, path: Path) -> None:
    atomic_write(path, player_page(recording))


def _write_gif(recording: Recording, path: Path) -> None:
    from aiirmix.viewer.gif import save_gif

    save_gif(recording, path)


def _write_mp4(recording: Recording, path: Path) -> None:
    from aiirmix.viewer.mp4 import save_mp4

    save_mp4(recording, path)
