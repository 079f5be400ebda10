"""Read the ground of SMAC's maps from their archives."""

import argparse
from pathlib import Path

from aiirmix.common.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder and the choice only to compare."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the folder SMAC_Maps with the 23 *.SC2Map files")
    parser.add_argument("--check", action="store_true", help="write nothing; say what the simulator shows differently")


def run(options: argparse.Namespace) -> int:
    """Write the data that the simulator uses, or compare them with the archives.

    Raises:
        ConfigError: an archive is missing or is none, or the data cannot be written.
    """
    from aiirmix.envs.contract.map_grids import GRIDS_FILE
    from aiirmix.envs.skirmish.tools.read_terrain import differences, file_text, read_archives

    grids = read_archives(options.folder)
    if options.check:
        found = list(differences(grids))
        print("\n".join(found) or f"All {len(grids)} maps show SMAC what their archives say.")
        return int(bool(found))
    try:
        GRIDS_FILE.write_text(file_text(grids), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{GRIDS_FILE} cannot be written: {error.strerror}") from error
    print(f"Written: {GRIDS_FILE}")
    return 0
