"""pysc2's own client on the stand-in: episodes, refused requests, faults (docs/smac_contract.md §7)."""

import numpy as np
import pytest

from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.skirmish.env import Skirmish
from tests.envs.sc2_server.client import run_probe
from tests.envs.smac.packages import needs_pysc2
from tests.marks import slow

pytestmark = needs_pysc2

SUCCESS, NOT_SUPPORTED, ERROR = 1, 2, 3


@pytest.fixture(scope="module")
def sessions(tmp_path_factory):
    return run_probe("sessions", tmp_path_factory.mktemp("game"))


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    return run_probe("faults", tmp_path_factory.mktemp("faulty"))


def test_whole_episodes_are_played(sessions):
    seen = sessions["whole_episodes"]
    assert seen["player"] == 1
    assert seen["version"] == f"skirmish-{SKIRMISH_VERSION}"
    assert seen["sizes"] == [16, 16]
    assert seen["shared tags"] == 0
    for steps, agents, enemies in seen["battles"]:
        assert 15 < steps < 60
        assert (agents == 0) != (enemies == 0)
    steps = sum(battle[0] for battle in seen["battles"])
    assert seen["loop"] == 1 + 8 * steps + 2 * len(seen["battles"])


def test_units_have_the_numbers_that_smac_reads(sessions):
    units = sessions["first_observation"]["units"]
    marauder, marine, medivac = [125, 125, 0, 0], [45, 45, 0, 0], [150, 150, 0]
    agents, enemies = ([unit for unit in units if unit[0] == owner] for owner in (1, 2))
    assert [unit[1] - agents[0][1] for unit in agents] == [0, 0, 1, 1, 1, 1, 1, 1, 1, 2]
    assert [unit[1] for unit in enemies] == [48] * 7 + [51] * 2 + [54]
    assert [unit[2:] for unit in agents[:-1]] == [marauder] * 2 + [marine] * 7
    for unit in (agents[-1], enemies[-1]):
        assert unit[2:5] == medivac
        assert 50 < unit[5] < 51


def test_the_map_is_that_of_skirmish(sessions):
    seen = sessions["first_observation"]
    assert seen["map_size"] == [32, 32]
    assert seen["playable"] == [2, 2, 30, 30]
    assert seen["bits"] == 1
    assert seen["heights"] == 32 * 32
    rows = np.array(seen["pathing"]).reshape(32, 4)
    walkable = [[(byte >> bit) & 1 for byte in row for bit in range(7, -1, -1)] for row in rows]
    np.testing.assert_array_equal(np.transpose(walkable), Skirmish("MMM").world.terrain.pathing)


def test_a_client_creates_units_on_smacv2s_map(sessions):
    seen = sessions["created_units"]
    assert seen["before"] == 0
    marine = seen["types"] - 5
    assert seen["created"] == [[1, marine, 45]] * 2 + [[2, 48, 45]] * 3
    assert "does not support the debug command game_state" in seen["error"]


def test_orders_are_answered_with_the_result_codes_of_the_game(sessions):
    codes = sessions["orders"]["codes"]
    assert {order for order, code in codes.items() if code == SUCCESS} == {"stop", "north", "attack"}
    assert {order for order, code in codes.items() if code == ERROR} == {"heal", "of an enemy"}
    assert {order for order, code in codes.items() if code == NOT_SUPPORTED} == {"unknown", "nothing"}


def test_a_unit_walks_at_its_speed(sessions):
    assert np.hypot(*sessions["orders"]["moved"]) == pytest.approx(8 * 2.25 / 16, abs=0.05)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ("join", "no game has been created"),
        ("step", "no game is in progress"),
        ("unknown", "does not support the request available_maps"),
        ("map", "InvalidMapPath: 'unknown map 8n; did you mean 8m"),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused_and_the_session_continues(sessions, request_, message):
    assert message in sessions["refusals"][request_]


@pytest.mark.parametrize(
    ("fault", "steps", "message"),
    [*slow([("hang", 2, "timed out")]), ("crash", 2, "closed"), ("drop", 2, "closed"), ("stub", 3, "Status.ended")],
)
def test_a_fault_happens_once_at_its_step(faults, fault, steps, message):
    assert faults[fault]["steps"] == steps
    assert message in faults[fault]["error"]
    assert not faults[fault]["requested"]
