"""The command line of `watch.py`: from what was typed to a recording, and from that to files."""

import argparse
import sys
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

from aiirmix.common.command_line import Parser, exit_code_of
from aiirmix.common.errors import ConfigError, unknown
from aiirmix.common.files import require_space
from aiirmix.envs.contract.maps import MAP_NAMES, MapName
from aiirmix.runs.directory import RunDirectory
from aiirmix.viewer.page import player_page
from aiirmix.viewer.recording import Recording

RECORDING = ".json.gz"
MEGABYTES = 50
"""What pages and pictures may need, with room to spare."""

DESCRIPTION = """\
Plays one battle, records it and shows it: as a page for the browser, as a GIF or a video, or as a recording that can be
shown again, replayed exactly and analysed.

examples:
  python watch.py runs/quickstart/aiir_mix/2s3z/seed=0       the model of a run, playing greedily
  python watch.py runs/quickstart/aiir_mix/2s3z/seed=0 --seed 7 --out battle.gif
  python watch.py --policy scripted --map MMM                SMAC's scripted ally
  python watch.py battle.json.gz --open                      a recorded battle"""


def main() -> None:
    """Runs the command that was typed and leaves with its exit code."""
    sys.exit(command(sys.argv[1:]))


def command(arguments: Sequence[str]) -> int:
    """Runs a command.

    Returns:
        The exit code: 0 all is well, 2 the command is wrong, or what it names cannot be shown.
    """
    return exit_code_of(lambda: _answer(arguments))


def _answer(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    _check(options)
    recording, stem = _recording(options)
    paths = options.out or [stem.with_name(stem.name + suffix) for suffix in (RECORDING, ".html")]
    _write(recording, [path for path in paths if path != options.source])
    if options.open:
        _open(paths)


def _parser() -> argparse.ArgumentParser:
    parser = Parser("watch.py", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", type=Path, help="the directory of a run, or a recorded battle")
    parser.add_argument("--policy", choices=("scripted", "random"), help="who plays, if there is no run")
    parser.add_argument("--map", help=f"where a policy plays: {', '.join(MAP_NAMES)} (default: 2s3z)")
    parser.add_argument("--seed", type=int, help="which battle is played (default: 0)")
    parser.add_argument(
        "--out",
        nargs="+",
        type=Path,
        metavar="FILE",
        help=f"what to write, by the ends of the names: .html, .gif, .mp4 or {RECORDING} (default: the first and the "
        "last, beside the run or in this folder)",
    )
    parser.add_argument("--open", action="store_true", help="open the last file that is written")
    return parser


def _check(options: argparse.Namespace) -> None:
    """Whether the options belong together; nothing has been played yet.

    Raises:
        ConfigError: they do not.
    """
    if (options.source is None) == (options.policy is None):
        raise ConfigError("name a run or a recording, or else a --policy; see --help")
    if options.source is not None and not options.source.exists():
        raise ConfigError(f"there is no {options.source}")
    if options.map is not None:
        if options.policy is None:
            raise ConfigError("--map goes with --policy; a run has its own map")
        _map_name(options.map)
    if options.seed is not None and options.seed < 0:
        raise ConfigError(f"--seed must be at least 0, not {options.seed}")
    for path in options.out or []:
        if _writer(path) is _write_mp4:
            _require_encoder()
        require_space(path.parent, MEGABYTES)


def _recording(options: argparse.Namespace) -> tuple[Recording, Path]:
    """The battle to show, and the path of its files without their suffixes.

    Torch and the simulator take seconds to import, so that is done where they are needed.
    """
    seed = options.seed or 0
    if options.policy:
        from aiirmix.viewer.play_battle import play_policy

        map_name = _map_name(options.map or "2s3z")
        return play_policy(options.policy, map_name, seed), Path(f"{map_name}_{options.policy}_{seed}")
    if options.source.is_dir():
        from aiirmix.viewer.models import play_model

        require_space(options.source, MEGABYTES)
        return play_model(RunDirectory(options.source), seed), options.source / f"battle_{seed}"
    if options.seed is not None:
        raise ConfigError("--seed chooses a battle to be played; a recorded one has its own")
    return Recording.load(options.source), options.source.with_name(options.source.name.removesuffix(RECORDING))


def _map_name(typed: str) -> MapName:
    for known in MAP_NAMES:
        if typed == known:
            return known
    raise ConfigError(unknown("map", typed, MAP_NAMES))


def _write(recording: Recording, paths: Sequence[Path]) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        _writer(path)(recording, path)
        print(path)


def _writer(path: Path) -> Callable[[Recording, Path], None]:
    """What writes a file of this name."""
    writers = {".html": _write_page, ".gif": _write_gif, ".mp4": _write_mp4, RECORDING: Recording.save}
    for suffix, writer in writers.items():
        if path.name.endswith(suffix):
            return writer
    raise ConfigError(f"--out {path}: the name must end in .html, .gif, .mp4 or {RECORDING}")


def _write_page(recording: Recording, path: Path) -> None:
    from aiirmix.common.files import atomic_write

    atomic_write(path, player_page(recording))


def _write_gif(recording: Recording, path: Path) -> None:
    from aiirmix.viewer.gif import save_gif

    save_gif(recording, path)


def _write_mp4(recording: Recording, path: Path) -> None:
    from aiirmix.viewer.mp4 import save_mp4

    save_mp4(recording, path)


def _require_encoder() -> None:
    from aiirmix.viewer.mp4 import require_encoder

    require_encoder()


def _open(paths: Sequence[Path]) -> None:
    if not webbrowser.open(paths[-1].resolve().as_uri()):
        raise ConfigError(f"found no program to open {paths[-1]} with")
