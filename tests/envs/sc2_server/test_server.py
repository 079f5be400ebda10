"""pysc2's own client plays on the stand-in: whole episodes, what is refused, and faults (contract, section 7)."""

import numpy as np
import pytest

from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.skirmish.env import Skirmish
from tests.envs.sc2_server.client import ask

SUCCESS, NOT_SUPPORTED, ERROR = 1, 2, 3


@pytest.fixture(scope="module")
def talks(tmp_path_factory):
    return ask("talks", tmp_path_factory.mktemp("game"))


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    return ask("faults", tmp_path_factory.mktemp("faulty"))


def test_whole_episodes_are_played(talks):
    told = talks["whole_episodes"]
    assert told["player"] == 1
    assert told["version"] == f"skirmish-{SKIRMISH_VERSION}"
    assert told["sizes"] == [16, 16]
    assert told["shared tags"] == 0
    for steps, agents, enemies in told["battles"]:
        assert 15 < steps < 60
        assert (agents == 0) != (enemies == 0)
    steps = sum(battle[0] for battle in told["battles"])
    assert told["loop"] == 1 + 8 * steps + 2 * len(told["battles"])


def test_units_have_the_numbers_that_smac_goes_by(talks):
    units = talks["first_sight"]["units"]
    marauder, marine, medivac = [125, 125, 0, 0], [45, 45, 0, 0], [150, 150, 0]
    agents, enemies = ([unit for unit in units if unit[0] == owner] for owner in (1, 2))
    assert [unit[1] - agents[0][1] for unit in agents] == [0, 0, 1, 1, 1, 1, 1, 1, 1, 2]
    assert [unit[1] for unit in enemies] == [48] * 7 + [51] * 2 + [54]
    assert [unit[2:] for unit in agents[:-1]] == [marauder] * 2 + [marine] * 7
    for unit in (agents[-1], enemies[-1]):
        assert unit[2:5] == medivac
        assert 50 < unit[5] < 51


def test_the_map_is_skirmishs_as_smac_reads_it(talks):
    told = talks["first_sight"]
    assert told["map_size"] == [32, 32]
    assert told["playable"] == [2, 2, 30, 30]
    assert told["bits"] == 1
    assert told["heights"] == 32 * 32
    rows = np.array(told["pathing"]).reshape(32, 4)
    free = [[(byte >> bit) & 1 for byte in row for bit in range(7, -1, -1)] for row in rows]
    np.testing.assert_array_equal(np.transpose(free), Skirmish("MMM").world.terrain.pathing)


def test_orders_are_answered_with_the_games_codes(talks):
    codes = talks["orders"]["codes"]
    assert {order for order, code in codes.items() if code == SUCCESS} == {"stop", "north", "attack"}
    assert {order for order, code in codes.items() if code == ERROR} == {"heal", "of an enemy"}
    assert {order for order, code in codes.items() if code == NOT_SUPPORTED} == {"unknown", "nothing"}


def test_an_order_moves_a_unit_as_far_as_its_speed_lets_it(talks):
    assert np.hypot(*talks["orders"]["way"]) == pytest.approx(8 * 2.25 / 16, abs=0.05)


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ("join", "no game has been created"),
        ("step", "no game is in progress"),
        ("unknown", "does not know the request available_maps"),
        ("map", "InvalidMapPath: 'unknown map 8n; did you mean 8m"),
    ],
)
def test_what_cannot_be_done_is_refused_and_the_talk_goes_on(talks, request_, says):
    assert says in talks["refusals"][request_]


@pytest.mark.parametrize(
    ("fault", "steps", "says"),
    [("hang", 2, "timed out"), ("crash", 2, "closed"), ("drop", 2, "closed"), ("stub", 3, "Status.ended")],
)
def test_faults_strike_once_at_their_step(faults, fault, steps, says):
    assert faults[fault]["steps"] == steps
    assert says in faults[fault]["error"]
    assert not faults[fault]["asked"]
