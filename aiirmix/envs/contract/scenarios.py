"""SMACv2's scenarios by name: three races of five sizes, each race a file in `scenario_files/` (docs/smacv2.md)."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from aiirmix.common.errors import ConfigError, unknown
from aiirmix.envs.contract.map_file import read_map
from aiirmix.envs.contract.map_spec import MapSpec

RACES = ("terran", "protoss", "zerg")
SIZES = ((5, 5), (10, 10), (10, 11), (20, 20), (20, 23))
"""Agents and enemies."""
EMPTY_MAP = "32x32_flat"
"""The file of StarCraft II on which all of them are played: open ground, no units."""
SCENARIO_FILES = Path(__file__).parent / "scenario_files"
PREFIX = "10gen_"
"""Of SMACv2's own names. Alone, `10gen_terran` has the sizes of its registry, 10 and 10."""
REGISTERED_SIZE = "10_vs_10"
SCENARIO_NAMES = tuple(f"{race}_{allies}_vs_{enemies}" for race in RACES for allies, enemies in SIZES)
_NAME = re.compile(rf"(?P<prefix>{PREFIX})?(?P<race>[A-Za-z]+)(?P<size>_\d+_vs_\d+)?")


def scenario_name(choice: str) -> str | None:
    """Return the scenario's name without SMACv2's prefix and with its sizes; None if the choice has another form.

    Raises:
        ConfigError: the choice has the form of a scenario's name, but an unknown race or size.
    """
    name = _NAME.fullmatch(choice)
    if name is None or not (name["prefix"] or name["size"]):
        return None
    race, size = name["race"], (name["size"] or f"_{REGISTERED_SIZE}")[1:]
    if race not in RACES:
        raise ConfigError(f"{choice}: {unknown('race', race, RACES)}")
    sizes = [f"{allies}_vs_{enemies}" for allies, enemies in SIZES]
    if size not in sizes:
        raise ConfigError(f"{choice}: {unknown('size', size, sizes)}; a scenario file of your own may have any size")
    return f"{race}_{size}"


def require_scenario(choice: str) -> str:
    """Return the name of one of the scenarios without SMACv2's prefix.

    Raises:
        ConfigError: there is no such scenario; the message names the one that was probably meant.
    """
    if scenario := scenario_name(choice):
        return scenario
    raise ConfigError(unknown("scenario", choice, SCENARIO_NAMES))


def known_as(choice: str) -> str:
    """Return the one name under which a scenario is recorded; any other choice unchanged."""
    try:
        return scenario_name(choice) or choice
    except ConfigError:
        return choice


@cache
def find_scenario(name: str) -> MapSpec:
    """Return one of `SCENARIO_NAMES`."""
    race, allies, _, enemies = name.split("_")
    spec = read_map(SCENARIO_FILES / f"{race}.yaml")
    assert spec.draft
    return replace(spec, draft=replace(spec.draft, allies=int(allies), enemies=int(enemies)))
