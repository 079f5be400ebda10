"""SMACv2's scenarios by name, and scenario files that cannot be played."""

import re

import pytest
import yaml

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.map_file import read_map
from aiirmix.envs.contract.map_spec import UNARMED, Draft
from aiirmix.envs.contract.maps import find_map, recorded_name
from aiirmix.envs.contract.scenarios import SCENARIO_NAMES
from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES
from aiirmix.launch.naming import map_label

# SMACv2's configurations: kinds in the order of type bits, with their weights, and the kinds that are never alone.
RACES = {
    "terran": ({"marine": 0.45, "marauder": 0.45, "medivac": 0.1}, ("medivac",)),
    "protoss": ({"stalker": 0.45, "zealot": 0.45, "colossus": 0.1}, ()),
    "zerg": ({"zergling": 0.45, "hydralisk": 0.45, "baneling": 0.1}, ("baneling",)),
}
SIZES = {"5_vs_5": (5, 5), "10_vs_10": (10, 10), "10_vs_11": (10, 11), "20_vs_20": (20, 20), "20_vs_23": (20, 23)}


@pytest.mark.parametrize("race", RACES)
@pytest.mark.parametrize("size", SIZES)
def test_a_scenario_is_smacv2s(race, size):
    weights, never_alone = RACES[race]
    allies, enemies = SIZES[size]
    spec = find_map(f"{race}_{size}")
    assert spec.draft == Draft(
        kinds=tuple(weights), weights=tuple(weights.values()), never_alone=never_alone, allies=allies, enemies=enemies,
        surrounded=0.5,
    )  # fmt: skip
    assert (spec.episode_limit, spec.medivac_rules) == (200, race == "terran")
    assert spec.smacv2
    assert spec.enemies_hunt
    assert spec.ally_bits == spec.enemy_bits == tuple(weights)
    assert spec.agent_types == ("agent",) * allies


def test_all_scenarios_have_names():
    assert set(SCENARIO_NAMES) == {f"{race}_{size}" for race in RACES for size in SIZES}


@pytest.mark.parametrize(
    ("own", "name"),
    [("10gen_protoss_5_vs_5", "protoss_5_vs_5"), ("10gen_terran", "terran_10_vs_10"), ("zerg_20_vs_23", None)],
)
def test_smacv2s_own_names_are_the_same_scenarios_in_records_too(own, name):
    assert find_map(own) == find_map(name or own)
    assert recorded_name(own) == map_label("skirmish", own) == (name or own)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tarran_5_vs_5", "tarran_5_vs_5: unknown race tarran; did you mean terran? (known: terran, protoss, zerg)"),
        ("10gen_protos", "10gen_protos: unknown race protos; did you mean protoss? (known: terran, protoss, zerg)"),
        ("zerg_6_vs_6", "zerg_6_vs_6: unknown size 6_vs_6; did you mean 5_vs_5? (known: 5_vs_5, 10_vs_10, 10_vs_11, "),
        ("protoss_5vs5", "unknown map protoss_5vs5; did you mean protoss_5_vs_5? (known: 2s3z, 3s5z, "),
    ],
)
def test_an_unknown_race_or_size_is_refused_in_one_line(name, message):
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}"):
        find_map(name)


def test_unarmed_kinds_are_those_without_damage():
    assert set(UNARMED) == {name for name, kind in UNIT_TYPES.items() if kind.damage == 0}


@pytest.fixture
def read(tmp_path):
    """Write a scenario with these entries of its draft to a file and read it."""

    def read(more, top=None):
        draft = {"allies": 3, "enemies": 4, "weights": {"marine": 0.5, "zealot": 0.5}}
        path = tmp_path / "mine.yaml"
        path.write_text(yaml.safe_dump({"episode_limit": 50, "draft": draft | more} | (top or {})))
        return read_map(path)

    return read


def test_a_scenario_of_ones_own_has_smacv2s_rules_unless_it_says_otherwise(read):
    spec = read({})
    assert spec.draft == Draft(
        kinds=("marine", "zealot"), weights=(0.5, 0.5), never_alone=(), allies=3, enemies=4, surrounded=0.5
    )
    assert (spec.smacv2, spec.enemies_hunt, spec.is_walkable((0.5, 31.5))) == (True, True, True)
    other = read({}, {"smacv2": False, "enemies_hunt": False, "walkable": [{"x": [4, 20], "y": [4, 20]}]})
    assert (other.smacv2, other.enemies_hunt, other.is_walkable((0.5, 31.5))) == (False, False, False)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"weights": {"marine": 0.5, "zealot": 0.4}}, "draft.weights must add up to 1, not to 0.9"),
        ({"weights": {"marin": 1}}, "draft.weights: unknown unit marin; did you mean marine?"),
        ({"weights": {"marine": 1.5, "zealot": -0.5}}, "draft.weights.marine must be a number from 0 to 1, not 1.5"),
        ({"weights": {"marine": "much"}}, "draft.weights.marine must be a number from 0 to 1, not 'much'"),
        ({"weights": ["marine"]}, "draft.weights must give a weight to each kind of unit, not ['marine']"),
        ({"weights": {"medivac": 1}}, "draft.weights: a team of medivac has no unit that can attack"),
        (
            {"weights": {"medivac": 0.5, "marine": 0.5}},
            "draft.never_alone must name medivac: a team of them has no unit that can attack",
        ),
        (
            {"never_alone": ["marine", "zealot"]},
            "draft.never_alone leaves no team: it names every kind of unit that is drawn",
        ),
        ({"never_alone": ["zealots"]}, "draft.never_alone: unknown unit zealots; did you mean zealot?"),
        ({"never_alone": "zealot"}, "draft.never_alone must be a list, not 'zealot'"),
        ({"allies": 0}, "draft.allies must be an integer of at least 1, not 0"),
        ({"enemies": 65}, "draft.enemies must be at most 64, not 65"),
        ({"surrounded": 2}, "draft.surrounded must be a number from 0 to 1, not 2"),
        ({"surounded": 1}, "draft: unknown key surounded; did you mean surrounded?"),
    ],
)
def test_a_draft_that_cannot_be_played_is_refused_in_one_line(read, more, message):
    with pytest.raises(ConfigError, match=f"mine.yaml: {re.escape(message)}"):
        read(more)


def test_squads_and_a_draft_exclude_each_other(read):
    with pytest.raises(ConfigError, match=r"mine\.yaml: unknown key allies"):
        read({}, {"allies": [{"unit": "marine", "count": 3, "spawn": [9, 16]}]})
