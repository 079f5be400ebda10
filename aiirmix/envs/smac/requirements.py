"""What `env=smac` requires on this machine, looked up in files, without importing or starting any of it.

Each check returns what it has found, or raises a `ConfigError` that says how to install what is missing.
"""

import importlib.util
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiirmix.common.errors import ConfigError, unknown
from aiirmix.envs.contract.smacv2_flags import check_settings
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.sc2_server.install import MAP_FOLDER, is_stand_in

STAND_IN = "aiirmix stand-in FOLDER makes a stand-in"
DIFFICULTIES = "123456789A"
PROGRAMS = {"linux": "SC2_x64", "darwin": "SC2.app/Contents/MacOS/SC2"}
FOLDERS = {"linux": "~/StarCraftII", "darwin": "/Applications/StarCraft II"}


def check(settings: dict[str, Any]) -> None:
    """Check everything that these settings of `conf/env/smac.yaml` require.

    Raises:
        ConfigError: something is missing or unknown.
    """
    check_games(settings, find_smac, settings["map"])


def check_games(settings: dict[str, Any], find_package: Callable[[], Path], map_file: str) -> None:
    """Check what games with these settings require, the package and the map among it.

    Raises:
        ConfigError: something is missing or unknown.
    """
    check_settings(settings)
    if str(settings["difficulty"]) not in DIFFICULTIES:
        raise ConfigError(unknown("difficulty", str(settings["difficulty"]), DIFFICULTIES))
    find_package()
    find_pysc2()
    find_program(settings["game_version"])
    find_map_file(map_file)


def folder_of(package: str) -> Path | None:
    """Return the folder of a package that can be imported; None if there is none."""
    found = importlib.util.find_spec(package)
    places = found.submodule_search_locations if found else None
    return Path(next(iter(places))) if places else None


def has_game(folder: Path) -> bool:
    """Return whether the folder is that of SMAC's or SMACv2's package."""
    return (folder / "env" / "starcraft2").is_dir()


def find_smac() -> Path:
    """Return the folder of SMAC's package, and refuse the package of the same name on PyPI."""
    folder = folder_of("smac")
    if folder is None:
        raise ConfigError("env=smac needs SMAC's package, which is not on PyPI: make sc2 installs it")
    if not has_game(folder):
        raise ConfigError(
            f"the package smac in {folder} is AutoML's SMAC3, which has nothing to do with StarCraft: "
            "pip uninstall smac, then make sc2 (the two cannot share an environment, as their names are the same)"
        )
    return folder


def find_pysc2() -> Path:
    """Return the folder of pysc2."""
    found = importlib.util.find_spec("pysc2")
    if found is None or found.origin is None:
        raise ConfigError("the package pysc2 is missing: pip install --no-deps pysc2==4.0.0")
    return Path(found.origin).parent


def game_folder() -> Path:
    """Return the folder of StarCraft II: SC2PATH if it is set, else the folder in which pysc2 looks."""
    folder = Path(os.environ.get("SC2PATH") or FOLDERS.get(sys.platform, FOLDERS["linux"])).expanduser()
    if not (folder / "Versions").is_dir():
        raise ConfigError(f"there is no StarCraft II in {folder}: set SC2PATH to its folder; {STAND_IN}")
    return folder


def find_program(game_version: str | float | None) -> tuple[str, Path]:
    """Return the name and the executable of the requested version, by default the newest that is installed."""
    folder = game_folder() / "Versions"
    program = PROGRAMS.get(sys.platform, PROGRAMS["linux"])
    builds = [int(path.name[4:]) for path in folder.glob("Base*") if path.name[4:].isdecimal()]
    installed = {build: folder / f"Base{build:05}" / program for build in builds}
    build = max(builds, default=0) if game_version is None else build_of(game_version)
    if build not in installed:
        has = ", ".join(map(name_of, sorted(builds))) or "none"
        raise ConfigError(f"StarCraft II {game_version or ''} is not in {folder} (installed: {has}): make sc2 says how")
    if not os.access(installed[build], os.X_OK):
        raise ConfigError(f"{installed[build]} is missing or not executable: install StarCraft II again, or chmod +x")
    return name_of(build) if game_version is None else str(game_version).removesuffix(".0"), installed[build]


def find_map_file(name: str) -> Path:
    """Return the file of a map of SMAC or SMACv2."""
    path = game_folder() / MAP_FOLDER / f"{name}.SC2Map"
    if not path.is_file():
        raise ConfigError(f"the map {path} is missing: unpack SMAC's maps there; make sc2 says how")
    return path


def build_of(game_version: str | float) -> int:
    """Return the build number of a version such as ``4.10.0``."""
    if not isinstance(game_version, str):
        raise ConfigError(f"game_version={game_version} is a number; write the version in full, e.g. 4.10.0")
    known = known_versions()
    if game_version not in known:
        first, *_, last = known
        raise ConfigError(f"unknown game_version {game_version}; pysc2 knows versions from {first} to {last}")
    return known[game_version]


def name_of(build: int) -> str:
    """Return the last version with this build number."""
    return next((name for name, number in reversed(known_versions().items()) if number == build), f"B{build}")


def known_versions() -> dict[str, int]:
    """Return the versions that pysc2 knows, oldest first, read from its source. ``4.10`` is short for ``4.10.0``."""
    table = (find_pysc2() / "run_configs" / "lib.py").read_text(encoding="utf-8")
    rows = re.findall(r'Version\("([\d.]+)", (\d+),', table)
    return {spelling: int(build) for name, build in rows for spelling in (name, name.removesuffix(".0"))}


def version_played(game_version: str | float | None) -> str:
    """Return the version of StarCraft II for the run's record, or that of skirmish if the stand-in is installed."""
    name, program = find_program(game_version)
    return f"skirmish-{SKIRMISH_VERSION}" if is_stand_in(program) else name
