"""Makes a folder that pysc2 takes for StarCraft II's: python -m aiirmix.envs.sc2_server.install FOLDER."""

import argparse
import shlex
import sys
from pathlib import Path

import aiirmix
from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import MAP_NAMES

BUILDS = (60321, 69232, 75689)
"""The program's numbers in the versions that SMAC's users name: 4.1.4, 4.6.2 and 4.10."""
PROGRAM = "SC2_x64"
MAP_FOLDER = Path("Maps", "SMAC_Maps")
SERVER = "aiirmix.envs.sc2_server"


def install(folder: Path) -> None:
    """Fills the folder, which may have been filled before.

    Raises:
        ConfigError: the folder holds something else.
    """
    programs = [folder / "Versions" / f"Base{build}" / PROGRAM for build in BUILDS]
    if folder.exists() and any(folder.iterdir()) and not is_stand_in(programs[0]):
        raise ConfigError(f"{folder} holds something else; name a folder that is empty or does not exist")
    for program in programs:
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(script(), encoding="utf-8")
        program.chmod(0o755)
    (folder / MAP_FOLDER).mkdir(parents=True, exist_ok=True)
    for name in MAP_NAMES:
        (folder / MAP_FOLDER / f"{name}.SC2Map").write_text(f"{name} of skirmish\n", encoding="utf-8")


def script() -> str:
    """A program that starts the server under this very Python, whatever the environment of its caller is."""
    root = Path(aiirmix.__file__).parents[1]
    return (
        "#!/bin/sh\n"
        f'PYTHONPATH={shlex.quote(str(root))} PYTHONHOME= exec {shlex.quote(sys.executable)} -m {SERVER} "$@"\n'
    )


def is_stand_in(program: Path) -> bool:
    """The program is ours, and not Blizzard's."""
    return program.is_file() and SERVER.encode() in program.read_bytes()[:4096]


def main() -> None:
    """Makes the folder that was named."""
    parser = argparse.ArgumentParser(prog=f"python -m {SERVER}.install", description=__doc__)
    parser.add_argument("folder", type=Path, help="a new folder, e.g. ~/StarCraftII-skirmish")
    folder = parser.parse_args().folder.expanduser().absolute()
    try:
        install(folder)
    except (ConfigError, OSError) as error:
        sys.exit(f"error: {error}")
    print(f"A stand-in for StarCraft II is in {folder}. To use it: export SC2PATH={shlex.quote(str(folder))}")


if __name__ == "__main__":
    main()
