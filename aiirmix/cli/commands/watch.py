"""Play and record one battle, and show it as a page, GIF or video.

Examples:
  aiirmix watch --pretrained aiir_mix/2s3z --open           a trained model that travels with the package
  aiirmix watch runs/quickstart/aiir_mix/2s3z/seed=0        the model of a run, playing greedily
  aiirmix watch runs/quickstart/aiir_mix/2s3z/seed=0 --seed 7 --out battle.gif
  aiirmix watch --policy scripted --map MMM                 SMAC's scripted ally
  aiirmix watch battle.json.gz --open                       a recorded battle
"""

import argparse
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aiirmix.common.errors import ConfigError

if TYPE_CHECKING:
    from aiirmix.viewer.recording import Recording

DEFAULT_MAP = "2s3z"
PICTURES = (".gif", ".mp4")
"""Ends of the names of files that show one agent's insight."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to show and where to write it."""
    parser.add_argument("source", nargs="?", type=Path, help="the directory of a run, or a recorded battle")
    parser.add_argument("--policy", choices=("scripted", "random"), help="play with this policy instead of a run")
    parser.add_argument("--pretrained", metavar="NAME", help="play with this trained model, such as aiir_mix/2s3z")
    parser.add_argument(
        "--map", help=f"the map that a policy plays: one of SMAC's, or a map file (default: {DEFAULT_MAP})"
    )
    parser.add_argument("--seed", type=int, help="which battle to play (default: 0)")
    parser.add_argument(
        "--out",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="files to write; the names end in .html, .gif, .mp4 or .json.gz (default: a .json.gz and a .html, beside "
        "the run, or in this folder)",
    )
    parser.add_argument(
        "--agent", type=int, metavar="N", help="show this agent's rewards and attention in GIFs and videos"
    )
    parser.add_argument("--open", action="store_true", help="open the last file written")


def run(options: argparse.Namespace) -> None:
    """Play or load the battle, and write its files."""
    from aiirmix.viewer.output import RECORDING_SUFFIX, check_outputs, write

    _check(options)
    check_outputs(options.out or [])
    recording, stem = _recording(options)
    paths = options.out or [stem.with_name(stem.name + suffix) for suffix in (RECORDING_SUFFIX, ".html")]
    write(recording, [path for path in paths if path != options.source], options.agent)
    if options.open:
        _open(paths)


def _check(options: argparse.Namespace) -> None:
    """Check that the options fit together.

    Raises:
        ConfigError: they do not.
    """
    if [options.source, options.policy, options.pretrained].count(None) != 2:
        raise ConfigError("give either a run or recording, or a --policy, or a --pretrained model; see --help")
    if options.source is not None and not options.source.exists():
        raise ConfigError(f"there is no file or directory {options.source}")
    if options.map is not None and options.policy is None:
        raise ConfigError("--map goes with --policy; a trained model has its own map")
    options.map = options.map or DEFAULT_MAP
    pictures = [path for path in options.out or () if path.suffix in PICTURES]
    if options.agent is not None and not pictures:
        raise ConfigError(
            f"--agent goes with --out FILE{' or FILE'.join(PICTURES)}; the page shows any agent at a click"
        )
    if options.seed is not None and options.seed < 0:
        raise ConfigError(f"--seed must be at least 0, not {options.seed}")


def _recording(options: argparse.Namespace) -> "tuple[Recording, Path]":
    """Return the battle to show, and the path of its files without suffix."""
    from aiirmix.viewer.output import MEGABYTES, RECORDING_SUFFIX
    from aiirmix.viewer.recording import Recording

    seed = options.seed or 0
    if options.policy:
        from aiirmix.envs.contract.maps import find_map

        find_map(options.map)

        from aiirmix.viewer.play_battle import play_policy

        stem = Path(f"{Path(options.map).stem}_{options.policy}_{seed}")
        return play_policy(options.policy, options.map, seed), stem
    if options.pretrained is not None:
        from aiirmix.evaluation.pretrained import find_pretrained
        from aiirmix.viewer.trained_player import play_model

        stem = Path(f"{options.pretrained.replace('/', '_')}_{seed}")
        return play_model(find_pretrained(options.pretrained), seed), stem
    if options.source.is_dir():
        from aiirmix.common.files import require_space
        from aiirmix.runs.directory import RunDirectory
        from aiirmix.viewer.trained_player import play_model

        require_space(options.source, MEGABYTES)
        return play_model(RunDirectory(options.source), seed), options.source / f"battle_{seed}"
    if options.seed is not None:
        raise ConfigError("--seed selects a battle to play; a recorded battle has its own")
    return Recording.load(options.source), options.source.with_name(options.source.name.removesuffix(RECORDING_SUFFIX))


def _open(paths: Sequence[Path]) -> None:
    if not webbrowser.open(paths[-1].resolve().as_uri()):
        raise ConfigError(f"found no program to open {paths[-1]} with")
