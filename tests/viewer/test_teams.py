"""A recorded battle tells its teams where the map does not."""

import numpy as np
import pytest

from aiirmix.viewer.page import player_page
from aiirmix.viewer.play_battle import play_policy, replay
from aiirmix.viewer.recording import Recording
from aiirmix.viewer.scene import Scene


@pytest.fixture(scope="module")
def drawn():
    """Record a battle of a scenario."""
    return play_policy("scripted", "protoss_5_vs_5", 6)


def count(teams):
    return [sum(int(part.split()[0]) for part in team.split(", ")) for team in teams]


def test_teams_are_counted_by_kind(drawn):
    assert drawn.teams is not None
    assert drawn.teams[0] == drawn.teams[1], "reflected or not, both sides have the same kinds"
    assert count(drawn.teams) == [5, 5]
    assert drawn.battle_name == f"protoss_5_vs_5 ({drawn.teams[0]} against {drawn.teams[1]})"


def test_the_teams_of_smacs_maps_are_told_by_their_names():
    recording = play_policy("random", "3m", 0)
    assert recording.teams is None
    assert recording.battle_name == "3m"


def test_pictures_and_page_show_them(drawn):
    size = Scene(drawn).picture(0.0).size
    with_teams = np.asarray(Scene(drawn).picture(0.0))
    bare = type("Bare", (Recording,), {"teams": None})(**vars(drawn))
    without = np.asarray(Scene(bare).picture(0.0))
    assert size == Scene(bare).picture(0.0).size
    assert (with_teams != without).any()
    assert 'id="teams"' in player_page(drawn)


def test_a_battle_is_replayed_with_its_teams(drawn, tmp_path):
    drawn.save(tmp_path / "battle.json.gz")
    again = replay(Recording.load(tmp_path / "battle.json.gz"))
    assert again.teams == drawn.teams
    np.testing.assert_array_equal(again.x, drawn.x)
