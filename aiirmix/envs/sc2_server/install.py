"""Create a folder that pysc2 takes for the folder of StarCraft II. Imports nothing of the simulator."""

import shlex
import sys
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.common.resources import PACKAGE
from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.contract.scenarios import EMPTY_MAP

BUILDS = (60321, 69232, 75689)
"""The build numbers of the versions that SMAC's users name: 4.1.4, 4.6.2 and 4.10."""
PROGRAM = "SC2_x64"
MAP_FOLDER = Path("Maps", "SMAC_Maps")
SERVER = "aiirmix.envs.sc2_server"


def install(folder: Path) -> None:
    """Fill the folder. It may hold an earlier stand-in.

    Raises:
        ConfigError: the folder holds something else.
    """
    programs = [folder / "Versions" / f"Base{build}" / PROGRAM for build in BUILDS]
    if folder.exists() and any(folder.iterdir()) and not is_stand_in(programs[0]):
        raise ConfigError(f"{folder} holds something else; name a folder that is empty or does not exist")
    for program in programs:
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(launch_script(), encoding="utf-8")
        program.chmod(0o755)
    (folder / MAP_FOLDER).mkdir(parents=True, exist_ok=True)
    for name in (*MAP_NAMES, EMPTY_MAP):
        (folder / MAP_FOLDER / f"{name}.SC2Map").write_text(f"{name} of skirmish\n", encoding="utf-8")


def launch_script() -> str:
    """Return a program that starts the server under this Python, whatever the environment of its caller."""
    return (
        "#!/bin/sh\n"
        f"PYTHONPATH={shlex.quote(str(PACKAGE.parent))} PYTHONHOME= "
        f'exec {shlex.quote(sys.executable)} -m {SERVER} "$@"\n'
    )


def is_stand_in(program: Path) -> bool:
    """Tell the stand-in from Blizzard's program."""
    return program.is_file() and SERVER.encode() in program.read_bytes()[:4096]
