"""Games that pay at the end: the same battles and returns, under a name of their own."""

from types import SimpleNamespace

import numpy as np
import pytest

from aiirmix.envs.protocol import Outcome
from aiirmix.envs.smac import env as smac_env
from aiirmix.envs.smac.delayed import DelayedSmac
from aiirmix.envs.smac.env import Smac
from tests.envs.smac.games import LIMIT, ToyGame

SEEDS = np.arange(4)


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    """Play toy games in place of StarCraft II."""
    monkeypatch.setattr(smac_env, "version_played", lambda game_version: "4.10")
    monkeypatch.setattr(Smac, "requirements", SimpleNamespace(check=lambda settings: None))
    monkeypatch.setattr(Smac, "make_game", staticmethod(ToyGame.of_settings))


def played(env):
    """Play whole battles; return the rewards of running battles, [T, B], and the name."""
    frame, outcome, running, rewards = env.reset(SEEDS), Outcome.zeros(len(SEEDS)), np.ones(len(SEEDS), bool), []
    for _ in range(LIMIT):
        actions = frame.avail.shape[-1] - 1 - frame.avail[..., ::-1].argmax(-1)
        env.step(actions, (frame, outcome))
        rewards.append(outcome.reward * running)
        running &= ~(outcome.terminated | outcome.truncated)
    name = env.spec.name
    env.close()
    return np.stack(rewards), name


def test_the_return_is_paid_in_the_last_step():
    (plain, name), (delayed, its_name) = played(Smac("8m", relaunch=True)), played(DelayedSmac("8m", relaunch=True))
    assert (np.count_nonzero(delayed, axis=0) == 1).all()
    assert delayed.sum(0) == pytest.approx(plain.sum(0), rel=1e-5)
    assert (np.count_nonzero(plain, axis=0) > 1).any()
    assert its_name == f"{name}/delayed" == "smac-4.10/8m/delayed"
