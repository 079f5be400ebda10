"""Battles, a trained run and a browser for several tests."""

import pytest

from aiirmix.viewer.page import player_page
from aiirmix.viewer.play_battle import play_policy
from tests.training.toy_runs import train
from tests.viewer.chromium import answers_of


@pytest.fixture(scope="session")
def scripted():
    """Play SMAC's scripted ally on 2s3z."""
    return play_policy("scripted", "2s3z", seed=3)


@pytest.fixture(scope="session")
def random_mmm():
    """Play random actions on MMM."""
    return play_policy("random", "MMM", seed=1)


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Train AIIR-MIX on 2s3z for a short time."""
    path = tmp_path_factory.mktemp("runs") / "name" / "aiir_mix" / "2s3z" / "seed=0"
    return train(path, "env.map=2s3z", "env_steps=100", env=None)


@pytest.fixture
def ask(tmp_path):
    """Evaluate JavaScript expressions, one after the other, in the page of a recording."""

    def run(recording, *questions, address=""):
        script = "".join(f"answers.push({question});" for question in questions)
        return answers_of(player_page(recording), script, tmp_path, address)

    return run
