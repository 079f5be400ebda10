"""What only SMAX does; tests/envs/test_contract.py tests the contract. Skipped where JaxMARL is not installed."""

import importlib.util

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.smax.requirements import check
from tests.envs.smax.helpers import make_smax

EAST = 1
FIRST_TARGET = 5


@pytest.mark.skipif(importlib.util.find_spec("jaxmarl") is not None, reason="JaxMARL is installed")
def test_a_missing_package_is_reported_with_the_command_that_installs_it():
    with pytest.raises(ConfigError, match=r"jaxmarl: pip install 'aiirmix\[smax\]'"):
        check({})


@pytest.mark.parametrize(("map", "arguments", "message"), [("8n", {}, "did you mean 8m"), ("3m", {"wals": 1}, "wals")])
def test_unknown_maps_and_arguments_are_refused_in_one_line(map, arguments, message):
    with pytest.raises(ConfigError, match=message) as error:
        make_smax(map, arguments)
    assert "\n" not in str(error.value)


def test_killing_all_enemies_wins_a_battle_and_pays_a_bonus():
    """Marines that shoot whenever they can, and walk east otherwise, win some battles of 3m."""
    env = make_smax("3m", {})
    assert env.spec.agent_types == ("marine",) * 3
    frame = env.reset(np.arange(32))
    wins = np.zeros(32, bool)
    for _ in range(env.spec.episode_limit):
        shots = frame.avail[..., FIRST_TARGET:]
        elsewhere = np.where(frame.avail[..., EAST], EAST, frame.avail.argmax(-1))
        frame, outcome = env.step(np.where(shots.any(-1), FIRST_TARGET + shots.argmax(-1), elsewhere))
        assert (outcome.reward[outcome.won] >= 1.0).all()
        wins |= outcome.won
        if env.over.all():
            break
    assert wins.any()
