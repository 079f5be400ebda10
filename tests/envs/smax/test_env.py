"""What is SMAX's own; the contract is tested in tests/envs/test_contract.py. Skipped where JaxMARL is not installed."""

import importlib.util

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.smax.needs import check

EAST = 1


@pytest.mark.skipif(importlib.util.find_spec("jaxmarl") is not None, reason="JaxMARL is installed")
def test_a_missing_package_is_told_with_its_cure():
    with pytest.raises(ConfigError, match=r"jaxmarl: pip install 'aiirmix\[smax\]'"):
        check({})


@pytest.fixture(scope="module")
def smax():
    return pytest.importorskip("aiirmix.envs.smax.env").SMAX


@pytest.mark.parametrize(("map", "arguments", "told"), [("8n", {}, "did you mean 8m"), ("3m", {"wals": 1}, "wals")])
def test_what_does_not_exist_is_refused_in_one_line(smax, map, arguments, told):
    with pytest.raises(ConfigError, match=told) as error:
        smax(map, arguments)
    assert "\n" not in str(error.value)


def test_a_battle_is_won_by_killing_everybody(smax):
    """Marines that shoot whatever they can, and walk east otherwise, win some battles of 3m; a win pays a bonus."""
    env = smax("3m", {})
    assert env.spec.agent_types == ("marine",) * 3
    frame = env.reset(np.arange(32))
    wins = np.zeros(32, bool)
    for _ in range(env.spec.episode_limit):
        shots = frame.avail[..., 5:]
        elsewhere = np.where(frame.avail[..., EAST], EAST, frame.avail.argmax(-1))
        frame, outcome = env.step(np.where(shots.any(-1), 5 + shots.argmax(-1), elsewhere))
        assert (outcome.reward[outcome.won] >= 1.0).all()
        wins |= outcome.won
        if env.over.all():
            break
    assert wins.any()
