"""SMAC's 23 maps and SMACv2's scenarios by name, and maps of the user's own by file.

Light to import, so that a command line can ask. Each map is a file in `map_files/`, read when it is asked for.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from aiirmix.common.digest import content_name
from aiirmix.common.errors import ConfigError, unknown
from aiirmix.envs.contract.map_file import read_map
from aiirmix.envs.contract.map_grids import GRIDS_FILE, read_grids
from aiirmix.envs.contract.map_spec import MapSpec
from aiirmix.envs.contract.scenarios import SCENARIO_NAMES, find_scenario, known_as, scenario_name

MapName = Literal[
    "2s3z", "3s5z", "8m", "MMM", "3m", "25m", "5m_vs_6m", "8m_vs_9m", "10m_vs_11m", "27m_vs_30m", "MMM2",
    "3s5z_vs_3s6z", "3s_vs_3z", "3s_vs_4z", "3s_vs_5z", "1c3s5z", "2m_vs_1z", "corridor", "6h_vs_8z", "2s_vs_1sc",
    "so_many_baneling", "bane_vs_bane", "2c_vs_64zg",
]  # fmt: skip
MAP_NAMES: tuple[MapName, ...] = get_args(MapName)
MAP_FILES = Path(__file__).parent / "map_files"


def find_map(choice: str) -> MapSpec:
    """Return one of SMAC's maps or SMACv2's scenarios by its name, or any map by the path of its file.

    Raises:
        ConfigError: there is no such map, or the file does not describe one that can be played.
    """
    if is_map_file(choice):
        return read_map(Path(choice))
    if "/" in choice:
        raise ConfigError(f"{choice}: the name of a map file must end in .yaml")
    name = require_map(choice)
    return find_scenario(name) if name in SCENARIO_NAMES else _smac_map(name)


def require_map(choice: str) -> str:
    """Return the name of one of SMAC's maps or SMACv2's scenarios; of a scenario, the one without SMACv2's prefix.

    Raises:
        ConfigError: there is no such map; the message names the one that was probably meant.
    """
    if choice in MAP_NAMES:
        return choice
    if scenario := scenario_name(choice):
        return scenario
    raise ConfigError(unknown("map", choice, (*MAP_NAMES, *SCENARIO_NAMES)))


def is_map_file(choice: str) -> bool:
    """Return whether the choice of a map is the path of a file."""
    return choice.endswith((".yaml", ".yml"))


def recorded_name(choice: str) -> str:
    """Return the name of a map in records: of a file, one that changes with its content; of a scenario, one alone.

    Raises:
        ConfigError: there is no such file.
    """
    if not is_map_file(choice):
        return known_as(choice)
    try:
        return content_name(Path(choice))
    except OSError as error:
        raise ConfigError(f"{choice}: there is no such map file") from error


@cache
def _smac_map(name: str) -> MapSpec:
    grids = read_grids(GRIDS_FILE.read_text(encoding="utf-8"), name)
    return replace(read_map(MAP_FILES / f"{name}.yaml"), grids=grids)
