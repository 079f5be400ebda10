"""Battles and a trained run that several tests look at."""

import pytest

from aiirmix.viewer.play_battle import play_policy
from tests.training.toy_runs import train


@pytest.fixture(scope="session")
def scripted():
    """SMAC's scripted ally on 2s3z."""
    return play_policy("scripted", "2s3z", seed=3)


@pytest.fixture(scope="session")
def random_mmm():
    """Random actions on MMM."""
    return play_policy("random", "MMM", seed=1)


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A short run of AIIR-MIX on 2s3z."""
    path = tmp_path_factory.mktemp("runs") / "name" / "aiir_mix" / "2s3z" / "seed=0"
    return train(path, "env.map=2s3z", "env_steps=100", env=None)
