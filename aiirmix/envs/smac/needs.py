"""What `env=smac` needs on this machine, looked up in files: nothing is imported and nothing is started.

Each check returns what it has found, or raises a `ConfigError` with the cure.
"""

import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any

from aiirmix.common.errors import ConfigError, unknown
from aiirmix.envs.sc2_server.install import MAP_FOLDER, is_stand_in

STAND_IN = "python -m aiirmix.envs.sc2_server.install FOLDER makes a stand-in"
DIFFICULTIES = "123456789A"
PROGRAMS = {"linux": "SC2_x64", "darwin": "SC2.app/Contents/MacOS/SC2"}
FOLDERS = {"linux": "~/StarCraftII", "darwin": "/Applications/StarCraft II"}


def check(settings: dict[str, Any]) -> None:
    """Checks everything that these settings of `conf/env/smac.yaml` need.

    Raises:
        ConfigError: something is missing or unknown.
    """
    if str(settings["difficulty"]) not in DIFFICULTIES:
        raise ConfigError(unknown("difficulty", str(settings["difficulty"]), DIFFICULTIES))
    find_smac()
    find_pysc2()
    find_program(settings["game_version"])
    find_map_file(settings["map"])


def find_smac() -> Path:
    """The folder of SMAC's package; a project on PyPI of the same name is told from it."""
    found = importlib.util.find_spec("smac")
    if found is None or not found.submodule_search_locations:
        raise ConfigError("env=smac needs SMAC's package, which is not on PyPI: make sc2 installs it")
    folder = Path(next(iter(found.submodule_search_locations)))
    if not (folder / "env" / "starcraft2").is_dir():
        raise ConfigError(
            f"the package smac in {folder} is AutoML's SMAC3, which has nothing to do with StarCraft: "
            "pip uninstall smac, then make sc2 (both have one name, so only one fits into an environment)"
        )
    return folder


def find_pysc2() -> Path:
    """The folder of pysc2."""
    found = importlib.util.find_spec("pysc2")
    if found is None or found.origin is None:
        raise ConfigError("env=smac needs the package pysc2: pip install 'aiirmix[smac]'")
    return Path(found.origin).parent


def game_folder() -> Path:
    """Where StarCraft II is: what SC2PATH says, else where pysc2 looks."""
    folder = Path(os.environ.get("SC2PATH") or FOLDERS.get(sys.platform, FOLDERS["linux"])).expanduser()
    if not (folder / "Versions").is_dir():
        raise ConfigError(f"there is no StarCraft II in {folder}: set SC2PATH to its folder; {STAND_IN}")
    return folder


def find_program(game_version: str | float | None) -> tuple[str, Path]:
    """Name and file of the version that will be played: the one asked for, else the newest that is installed."""
    folder = game_folder() / "Versions"
    program = PROGRAMS.get(sys.platform, PROGRAMS["linux"])
    builds = [int(path.name[4:]) for path in folder.glob("Base*") if path.name[4:].isdecimal()]
    installed = {build: folder / f"Base{build:05}" / program for build in builds}
    build = max(builds, default=0) if game_version is None else build_of(game_version)
    if build not in installed:
        has = ", ".join(map(name_of, sorted(builds))) or "none"
        raise ConfigError(f"StarCraft II {game_version or ''} is not in {folder} (installed: {has}): make sc2 says how")
    if not os.access(installed[build], os.X_OK):
        raise ConfigError(f"{installed[build]} is missing or cannot be run: install StarCraft II again, or chmod +x")
    return name_of(build) if game_version is None else str(game_version).removesuffix(".0"), installed[build]


def find_map_file(name: str) -> Path:
    """The file of a map of SMAC's."""
    path = game_folder() / MAP_FOLDER / f"{name}.SC2Map"
    if not path.is_file():
        raise ConfigError(f"the map {path} is missing: unpack SMAC's maps there, make sc2 says how")
    return path


def build_of(game_version: str | float) -> int:
    """The number of the program that plays a version such as ``4.10.0``."""
    if not isinstance(game_version, str):
        raise ConfigError(f"game_version={game_version} is a number; write the version in full, e.g. 4.10.0")
    known = known_versions()
    if game_version not in known:
        first, *_, last = known
        raise ConfigError(f"unknown game_version {game_version}; pysc2 knows versions from {first} to {last}")
    return known[game_version]


def name_of(build: int) -> str:
    """The last version that the program plays."""
    return next((name for name, number in reversed(known_versions().items()) if number == build), f"B{build}")


def known_versions() -> dict[str, int]:
    """The versions that pysc2 knows, oldest first, read from its source. ``4.10.0`` can also be called ``4.10``."""
    table = (find_pysc2() / "run_configs" / "lib.py").read_text(encoding="utf-8")
    rows = re.findall(r'Version\("([\d.]+)", (\d+),', table)
    return {spelt: int(build) for name, build in rows for spelt in (name, name.removesuffix(".0"))}


def version_played(game_version: str | float | None) -> str:
    """What a run's record says was played: a version of StarCraft II, or of skirmish where it stands in."""
    name, program = find_program(game_version)
    if not is_stand_in(program):
        return name
    from aiirmix.envs.contract.version import SKIRMISH_VERSION

    return f"skirmish-{SKIRMISH_VERSION}"
