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

Write = Callable[[Recording, Path, int | None], None]
"""Writes a battle to a path; the number is that of the agent to show."""


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


def write(recording: Recording, paths: Sequence[Path], agent: int | None = None) -> None:
    """Write the recording to each path, as the end of its name says, and print the path.

    Args:
        recording: a battle.
        paths: the files.
        agent: the number of one whose rewards and attention GIFs and videos show.

    Raises:
        ConfigError: a name ends in something else, the agent cannot be shown, or the disk is full.
    """
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        _writer(path)(recording, path, agent)
        print(path)


def _writer(path: Path) -> Write:
    writers = {".html": _write_page, ".gif": _write_gif, ".mp4": _write_mp4, RECORDING_SUFFIX: _write_recording}
    for suffix, writer in writers.items():
        if path.name.endswith(suffix):
            return writer
    raise ConfigError(f"--out {path}: the name must end in .html, .gif, .mp4 or {RECORDING_SUFFIX}")


def _write_recording(recording: Recording, path: Path, agent: int | None) -> None:
    recording.save(path)


def _write_page(recording: Recording, path: Path, agent: int | None) -> None:
    atomic_write(path, player_page(recording))


def _write_gif(recording: Recording, path: Path, agent: int | None) -> None:
    from aiirmix.viewer.gif import save_gif

    save_gif(recording, path, agent)


def _write_mp4(recording: Recording, path: Path, agent: int | None) -> None:
    from aiirmix.viewer.mp4 import save_mp4

    save_mp4(recording, path, agent)
