"""What `env=smacv2` refuses before anything starts, and what it asks SMACv2's package for."""

import sys
from pathlib import Path

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.capabilities import Capabilities
from aiirmix.envs.contract.scenarios import SCENARIO_NAMES, find_scenario
from aiirmix.envs.sc2_server.install import install
from aiirmix.envs.smacv2.env import Smacv2
from aiirmix.envs.smacv2.game import capability_config
from aiirmix.envs.smacv2.requirements import check
from tests.envs.smac.packages import needs_pysc2

SETTINGS = {
    "map": "zerg_5_vs_5",
    "obs_instead_of_state": False,
    "health": None,
    "reward_only_positive": True,
    "game_version": None,
    "difficulty": 7,
}


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A stand-in, and a folder in which packages are found; SMACv2's is there, but cannot be imported."""
    install(tmp_path / "game")
    monkeypatch.setenv("SC2PATH", str(tmp_path / "game"))
    elsewhere = [path for path in sys.path if not Path(path, "smacv2").exists()]
    monkeypatch.setattr(sys, "path", [str(tmp_path / "packages"), *elsewhere])
    (tmp_path / "packages/smacv2/env/starcraft2").mkdir(parents=True)
    (tmp_path / "packages/smacv2/__init__.py").write_text("raise ImportError('this must not be imported')")
    (tmp_path / "packages/elsewhere").mkdir()
    return tmp_path / "packages"


@needs_pysc2
def test_a_complete_installation_passes_without_smac(packages):
    check(SETTINGS)


@needs_pysc2
def test_a_missing_map_is_reported(packages):
    (packages.parent / "game/Maps/SMAC_Maps/32x32_flat.SC2Map").unlink()
    with pytest.raises(ConfigError, match=r"32x32_flat\.SC2Map is missing"):
        check(SETTINGS)


def test_a_missing_package_is_reported_with_the_command_that_installs_it(packages):
    for wrong in ("env", "smacv2"):
        next(packages.glob(f"**/{wrong}")).rename(packages / "elsewhere" / wrong)
        with pytest.raises(ConfigError, match="only on GitHub: make sc2 installs it, or pip install --no-deps git"):
            check(SETTINGS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"map": "8m"}, "unknown scenario 8m"),
        ({"map": "protos_5_vs_5"}, "unknown race protos; did you mean protoss"),
        ({"map": "zerg_5_vs_6"}, "unknown size 5_vs_6"),
        ({"obs_instead_of_state": True}, "has no obs_instead_of_state"),
        ({"health": [0, 0.5], "reward_only_positive": False}, "needs reward_only_positive=true with health"),
        ({"attack": [0.5, 1.5]}, "attack must be two numbers from 0 to 1"),
    ],
)
def test_what_it_cannot_play_is_refused_in_one_line(settings, message):
    with pytest.raises(ConfigError, match=message) as caught:
        Smacv2(**settings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", SCENARIO_NAMES)
def test_teams_and_places_are_those_of_smacv2s_configurations(name):
    draft = find_scenario(name).draft
    assert draft
    asked = capability_config(draft, Capabilities())
    race, agents, _, enemies = name.split("_")
    weights = {
        "terran": {"marine": 0.45, "marauder": 0.45, "medivac": 0.1},
        "protoss": {"stalker": 0.45, "zealot": 0.45, "colossus": 0.1},
        "zerg": {"zergling": 0.45, "baneling": 0.1, "hydralisk": 0.45},
    }[race]
    team, places = asked.pop("team_gen"), asked.pop("start_positions")
    assert asked == {"n_units": int(agents), "n_enemies": int(enemies)}
    assert dict(zip(team["unit_types"], team["weights"], strict=True)) == weights
    assert team["exception_unit_types"] == {"terran": ["medivac"], "protoss": [], "zerg": ["baneling"]}[race]
    assert (team["dist_type"], team["observe"]) == ("weighted_teams", True)
    assert places == {"dist_type": "surrounded_and_reflect", "p": 0.5, "map_x": 32, "map_y": 32}


def test_capabilities_are_asked_for_in_smacv2s_words():
    draft = find_scenario("terran_5_vs_5").draft
    assert draft
    asked = capability_config(draft, Capabilities(attack=(0.5, 1), health=[0, 0.25], enemy_mask=0.25))
    uniform = {"dist_type": "per_agent", "observe": True}
    assert asked["attack"] == {**uniform, "lower_bound": [0.5], "upper_bound": [1.0]}
    assert asked["health"] == {**uniform, "lower_bound": [0.0], "upper_bound": [0.25]}
    assert asked["enemy_mask"] == {"dist_type": "mask", "mask_probability": 0.75}
