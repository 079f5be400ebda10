"""Every model that is shipped trains, through the real configuration."""

import csv
import math

import pytest
import torch

from tests.learners.models import FAMILIES, MODELS, settings
from tests.marks import slow_but
from tests.training.toy_runs import train

TOY = {"_target_": "tests.toys.CreditGame", "steps": 5}
BEYOND_BATTLES = {
    "pettingzoo": {
        "_target_": "aiirmix.envs.pettingzoo.env.PettingZoo",
        **{"module": "tests.envs.pettingzoo.games", "arguments": {}, "episode_limit": 6},
        **{"team_reward": "mean", "won": "reached"},
    },
    "matrix_game": {"_target_": "aiirmix.envs.matrix_game.MatrixGame", "payoff": [[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]]},
}
WITH_MUCH_TO_START = {
    "games in processes": {"_target_": "tests.envs.smac.games.toy_batch"},
    "smax": {"_target_": "aiirmix.envs.smax.env.SMAX", "map": "3m", "arguments": {"max_steps": 5}},
}
SMALL = {
    "episodes_per_batch": 2,
    "batch_size": 2,
    "updates_per_episode": 1,
    "replay.capacity": 4,
}


def small(model):
    """Return settings with which two episodes are played at a time and all stored ones are learnt from."""
    return settings(model, **SMALL)


def assert_trained(directory, batches):
    state = torch.load(directory.checkpoint_file, weights_only=True)["state_dict"]
    with directory.metrics_file.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 1 + batches
    assert int(state["updates"]) >= batches - 1
    assert all(math.isfinite(float(value)) for row in rows[1:] for value in row.values() if value)
    assert all(rows[-1].values())


@pytest.mark.parametrize("model", slow_but(FAMILIES, MODELS))
def test_a_model_trains_on_a_toy(tmp_path, model):
    directory = train(
        tmp_path,
        f"model={model}",
        *small(model),
        "evaluation.episodes=2",
        "evaluation.every=10",
        "env_steps=20",
        env=TOY,
    )
    assert_trained(directory, batches=2)


@pytest.mark.parametrize("model", slow_but(["aiir_mix", "coma", "mappo", "qtran"], MODELS))
def test_a_model_trains_on_skirmish(tmp_path, model):
    """A battle of 2s3z has at most 120 steps, so that more than 240 steps take more than one batch."""
    settings = (*small(model), "evaluation.episodes=2", "env.map=2s3z", "evaluation.every=1", "env_steps=241")
    assert_trained(train(tmp_path, f"model={model}", *settings, env=None), batches=2)


@pytest.mark.parametrize("env", BEYOND_BATTLES.values(), ids=BEYOND_BATTLES)
@pytest.mark.parametrize("model", slow_but(["aiir_mix", "qmix"], MODELS))
def test_a_model_trains_beyond_battles(tmp_path, model, env):
    settings = (*small(model), "evaluation.episodes=2", "evaluation.every=1", "env_steps=13")
    assert_trained(train(tmp_path, f"model={model}", *settings, env=env), batches=2)


@pytest.mark.slow
@pytest.mark.parametrize("env", WITH_MUCH_TO_START.values(), ids=WITH_MUCH_TO_START)
@pytest.mark.parametrize("model", MODELS)
def test_a_model_trains_where_starting_takes_time(tmp_path, model, env):
    if env is WITH_MUCH_TO_START["smax"]:
        pytest.importorskip("jaxmarl")
    settings = (*small(model), "evaluation.episodes=2", "evaluation.every=1", "env_steps=41")
    assert_trained(train(tmp_path, f"model={model}", *settings, env=env), batches=2)
