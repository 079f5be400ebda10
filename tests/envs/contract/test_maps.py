"""SMAC's maps by name, and maps of the user's own by file."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import MAP_FILES, MAP_NAMES, find_map, recorded_name
from tests.envs.skirmish.contract_maps import CONTRACT_MAPS

RACES = {
    "T": {"marine", "marauder", "medivac"},
    "P": {"stalker", "zealot", "colossus"},
    "Z": {"hydralisk", "zergling", "baneling", "spine_crawler"},
}


def test_every_name_has_a_file_and_every_file_a_name():
    assert {path.stem for path in MAP_FILES.iterdir()} == set(MAP_NAMES) == set(CONTRACT_MAPS)


@pytest.mark.parametrize("name", MAP_NAMES)
def test_maps_are_those_of_the_contract(name):
    spec, expected = find_map(name), CONTRACT_MAPS[name]
    enemies = tuple(squad.unit for squad in spec.enemies for _ in range(squad.count))
    assert spec.episode_limit == expected.limit
    assert spec.agent_types == expected.agents
    assert enemies == expected.enemies
    assert (spec.ally_bits, spec.enemy_bits) == (expected.ally_bits, expected.enemy_bits)
    assert spec.medivac_rules == expected.mmm


@pytest.mark.parametrize("name", MAP_NAMES)
def test_the_units_of_a_side_are_of_its_race(name):
    """SMAC shows shields by race, the simulator by unit: the two agree."""
    expected = CONTRACT_MAPS[name]
    for side, race in zip((expected.agents, expected.enemies), expected.races, strict=True):
        assert set(side) <= RACES[race]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("8n", "unknown map 8n; did you mean 8m? (known: 2s3z, 3s5z, 8m, MMM, 3m, 25m, "),
        ("2s3x", "unknown map 2s3x; did you mean 2s3z? (known: 2s3z, "),
        ("qqq", "unknown map qqq (known: 2s3z, "),
        ("maps/mine", "maps/mine: the name of a map file must end in .yaml"),
    ],
)
def test_an_unknown_map_is_refused_in_one_line(name, message):
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}"):
        find_map(name)


def test_looking_up_a_map_imports_no_heavy_package():
    heavy = "{'numba', 'numpy', 'torch', 'omegaconf'} & set(sys.modules)"
    code = f"import sys; from aiirmix.envs.contract.maps import find_map; find_map('8m'); print({heavy})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_a_map_of_the_users_own_is_named_by_its_content(tmp_path):
    own = tmp_path / "my_map.yaml"
    own.write_text((MAP_FILES / "8m.yaml").read_text())
    assert find_map(str(own)) == replace(find_map("8m"), grids=None)
    first = recorded_name(str(own))
    assert re.fullmatch(r"my_map-[0-9a-f]{8}", first)
    own.write_text(own.read_text().replace("120", "90"))
    assert recorded_name(str(own)) != first
    assert find_map(str(own)).episode_limit == 90
    assert recorded_name("8m") == "8m"


def test_a_missing_map_file_is_named():
    missing = str(Path("maps") / "nowhere.yaml")
    for look_up in (find_map, recorded_name):
        with pytest.raises(ConfigError, match=f"^{re.escape(missing)}: there is no such map file$"):
            look_up(missing)
