"""Every model that is shipped trains, through the real configuration."""

import csv
import math
from pathlib import Path

import pytest
import torch

from aiirmix.launch.compose import compose_run, configurations
from tests.training.toy_runs import train

MODELS = sorted(file.stem for file in Path("conf/model").glob("*.yaml"))
TOY = {"_target_": "tests.toys.CreditGame", "steps": 5}
BEYOND_BATTLES = {
    "pettingzoo": {
        "_target_": "aiirmix.envs.pettingzoo.env.PettingZoo",
        **{"module": "tests.envs.pettingzoo.games", "arguments": {}, "episode_limit": 6},
        **{"team_reward": "mean", "won": "reached"},
    },
    "matrix_game": {"_target_": "aiirmix.envs.matrix_game.MatrixGame", "payoff": [[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]]},
}


def two_episodes(model):
    """The setting with which two episodes are played at a time."""
    with configurations():
        composed = compose_run((f"model={model}",)).model
    return next(f"model.{key}=2" for key in ("episodes_per_batch", "episodes_per_update") if key in composed)


def assert_trained(directory, batches):
    state = torch.load(directory.checkpoints / "last.pt", weights_only=True)["learner"]
    with directory.metrics_file.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 1 + batches
    assert int(state["updates"]) >= len(rows) - 1
    assert all(math.isfinite(float(value)) for row in rows[1:] for value in row.values())


@pytest.mark.parametrize("model", MODELS)
def test_a_model_trains_on_a_toy(tmp_path, model):
    directory = train(
        tmp_path,
        f"model={model}",
        two_episodes(model),
        "evaluation.episodes=2",
        "evaluation.every=10",
        "env_steps=20",
        env=TOY,
    )
    assert_trained(directory, batches=2)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_trains_on_skirmish(tmp_path, model):
    """A battle of 2s3z has at most 120 steps: more than 240 are more than one batch."""
    settings = (two_episodes(model), "evaluation.episodes=2", "env.map=2s3z", "evaluation.every=1", "env_steps=241")
    assert_trained(train(tmp_path, f"model={model}", *settings, env=None), batches=2)


@pytest.mark.parametrize("env", BEYOND_BATTLES.values(), ids=BEYOND_BATTLES)
@pytest.mark.parametrize("model", MODELS)
def test_a_model_trains_beyond_battles(tmp_path, model, env):
    settings = (two_episodes(model), "evaluation.episodes=2", "evaluation.every=1", "env_steps=13")
    assert_trained(train(tmp_path, f"model={model}", *settings, env=env), batches=2)
