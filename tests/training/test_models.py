"""Every model that is shipped trains, through the real configuration."""

import csv
import math
from pathlib import Path

import pytest
import torch

from tests.training.toy_runs import train

MODELS = sorted(file.stem for file in Path("conf/model").glob("*.yaml"))
SETTINGS = ("model.episodes_per_update=2", "evaluation.episodes=2")
TOY = {"_target_": "tests.toys.CreditGame", "steps": 5}


def assert_trained(directory, updates):
    state = torch.load(directory.checkpoints / "last.pt", weights_only=True)["learner"]
    assert int(state["updates"]) >= updates
    with directory.metrics_file.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1 + int(state["updates"])
    assert all(math.isfinite(float(value)) for row in rows[1:] for value in row.values())


@pytest.mark.parametrize("model", MODELS)
def test_a_model_trains_on_a_toy(tmp_path, model):
    directory = train(tmp_path, f"model={model}", *SETTINGS, "evaluation.every=10", "env_steps=20", env=TOY)
    assert_trained(directory, updates=2)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_trains_on_skirmish(tmp_path, model):
    """A battle of 2s3z has at most 120 steps: more than 240 are more than one update."""
    settings = (*SETTINGS, "env.map=2s3z", "evaluation.every=1", "env_steps=241")
    assert_trained(train(tmp_path, f"model={model}", *settings, env=None), updates=2)
