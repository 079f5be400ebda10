"""Map files that cannot be played are refused in one line that names the file."""

import re

import pytest
import yaml

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.map_file import read_map
from aiirmix.envs.contract.map_spec import STRIP, MapSpec, Rectangle, Squad


def plain():
    """Return the smallest map, as plain values."""
    return {
        "episode_limit": 60,
        "allies": [{"unit": "marine", "count": 3, "spawn": [9, 16]}],
        "enemies": [{"unit": "zealot", "count": 2, "spawn": [23, 16.5]}],
    }


@pytest.fixture
def read(tmp_path):
    """Write a map to a file and read it."""

    def read(entries):
        path = tmp_path / "mine.yaml"
        path.write_text(entries if isinstance(entries, str) else yaml.safe_dump(entries))
        return read_map(path)

    return read


def test_three_keys_make_a_map(read):
    assert read(plain()) == MapSpec(
        episode_limit=60,
        allies=(Squad("marine", 3, (9.0, 16.0)),),
        enemies=(Squad("zealot", 2, (23.0, 16.5)),),
        walkable=STRIP,
        enemy_goal=((9.0, 16.0), (9.0, 16.0)),
    )


def test_all_keys_are_read(read):
    more = {
        "allies": [{"unit": kind, "count": 1, "spawn": [9, 16]} for kind in ("zealot", "medivac", "marine")],
        "ally_bits": ["zealot", "marine", "medivac"],
        "medivac_rules": True,
        "agents_are_goal": True,
        "enemy_goal": [[4, 16], [5, 16]],
        "walkable": [{"x": [2, 29], "y": [15, 18]}],
        "passages": [{"x": [2, 2], "y": [14, 14]}],
        "cliffs": [{"x": [3, 3], "y": [13, 14]}],
        "plateau": [{"x": [0, 3], "y": [13, 14]}],
        "ramps": [],
    }
    spec = read(plain() | more)
    assert spec.agent_types == ("zealot", "marine", "medivac")
    assert spec.medivac_rules
    assert spec.agents_are_goal
    assert spec.enemy_goal == ((4.0, 16.0), (5.0, 16.0))
    assert spec.walkable == (Rectangle((2, 29), (15, 18)),)
    assert (spec.passages, spec.ramps) == ((Rectangle((2, 2), (14, 14)),), ())
    assert (spec.cliffs, spec.plateau) == ((Rectangle((3, 3), (13, 14)),), (Rectangle((0, 3), (13, 14)),))
    assert read(plain() | {"enemy_goal": None}).enemy_goal is None


def test_kinds_have_bits_in_alphabetical_order_unless_there_is_only_one(read):
    squads = [{"unit": kind, "count": 1, "spawn": [9, 16]} for kind in ("zealot", "marine", "zealot")]
    spec = read(plain() | {"allies": squads})
    assert (spec.ally_bits, spec.enemy_bits) == (("marine", "zealot"), ())
    assert spec.agent_types == ("marine", "zealot", "zealot")


def squad(**changes):
    """Return enemies of one squad that differs from a sound one."""
    return {"enemies": [{"unit": "zealot", "count": 2, "spawn": [23, 16], **changes}]}


WRONG = [
    (squad(unit="zeelot"), "enemies.0: unknown unit zeelot; did you mean zealot? (known: baneling, colossus, "),
    (squad(count=0), "enemies.0.count must be an integer of at least 1, not 0"),
    (squad(count=65), "enemies: there must be 1 to 64 units, not 65"),
    ({"enemies": []}, "enemies: there must be 1 to 64 units, not 0"),
    ({"allies": []}, "allies: there must be 1 to 64 units, not 0"),
    (squad(spawn=[23, 5]), "enemies.0: zealot at [23, 5] would stand on a wall"),
    (squad(spawn=[31, 16]), "enemies.0.spawn: [31, 16] is off the map, on which units can be from 2 to 30"),
    (squad(spawn=[16, float("nan")]), "enemies.0.spawn: [16, nan] is off the map"),
    (squad(spawn=[16]), "enemies.0.spawn must be a point [x, y], not [16]"),
    (squad(spawn="north"), "enemies.0.spawn must be a point [x, y], not 'north'"),
    (squad(health=9), "enemies.0: unknown key health"),
    ({"enemies": [{"unit": "zealot", "count": 2}]}, "enemies.0: the key spawn is missing"),
    ({"enemies": ["zealot"]}, "enemies.0 must have the keys unit, count, spawn"),
    ({"enemies": "zealot"}, "enemies must be a list, not 'zealot'"),
    ({"episode_limit": 0}, "episode_limit must be an integer of at least 1, not 0"),
    ({"episode_limit": "long"}, "episode_limit must be an integer of at least 1, not 'long'"),
    ({"episode_limit": True}, "episode_limit must be an integer of at least 1, not true"),
    ({"episode_limt": 9}, "unknown key episode_limt; did you mean episode_limit?"),
    ({"medivac_rules": "yes"}, "medivac_rules must be true or false, not 'yes'"),
    ({"ally_bits": ["zealot"]}, "ally_bits must name each kind of unit of its side once (marine), not ['zealot']"),
    ({"enemy_goal": [40, 16]}, "enemy_goal: [40, 16] is off the map"),
    ({"enemy_goal": "agents"}, "enemy_goal must be a point [x, y], not 'agents'"),
    ({"walkable": [{"x": [0, 32], "y": [8, 23]}]}, "walkable.0.x must be the first and the last cell, from 0 to 31, "),
    ({"walkable": [{"x": [9, 3], "y": [8, 23]}]}, "walkable.0.x must be the first and the last cell, from 0 to 31, "),
    ({"walkable": [[0, 31, 8, 23]]}, "walkable.0 must have the keys x, y"),
    ({"walkable": []}, "allies.0: marine at [9, 16] would stand on a wall"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG)
def test_what_cannot_be_played_is_refused(read, tmp_path, changes, message):
    with pytest.raises(ConfigError) as error:
        read(plain() | changes)
    assert str(error.value).startswith(f"{tmp_path / 'mine.yaml'}: {message}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("key", ["episode_limit", "allies", "enemies"])
def test_a_missing_key_is_named(read, key):
    entries = plain()
    del entries[key]
    with pytest.raises(ConfigError, match=f"mine.yaml: the key {key} is missing$"):
        read(entries)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a map must have the keys episode_limit, allies, enemies"),
        ("- 1", "a map must have the keys episode_limit, allies, enemies"),
        ("allies: [", "cannot be read: while parsing"),
        ("a: !!python/object:os.system {}", "cannot be read: could not determine a constructor"),
    ],
)
def test_a_file_that_holds_no_map_is_refused(read, text, message):
    with pytest.raises(ConfigError, match=rf"mine.yaml: {re.escape(message)}[^\n]*$"):
        read(text)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_map(tmp_path)
