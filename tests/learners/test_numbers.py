"""Pinned numbers of every model after two updates, so that no change alters them unnoticed."""

import json
from pathlib import Path

import pytest
import torch

from tests.learners.models import FAMILIES, FORMS, make_learner, one_epoch
from tests.marks import slow_but
from tests.toys import as_double, random_batch, small_spec

PINNED = Path(__file__).with_name("pinned_numbers.json")
"""Written by `python -m tests.learners.test_numbers`. Run it only after a change that is meant to alter numbers."""


def weighted_sum(vector):
    """Return a number that depends on every entry and on their order."""
    return (torch.linspace(1, 2, len(vector), dtype=torch.float64) * vector).sum().item()


def parameters_of(learner):
    return torch.cat([p.detach().flatten() for p in learner.parameters() if p.requires_grad])


def numbers_of(model):
    """Return checksums of the networks' start and of their movement in two updates, and the sum of the last losses."""
    spec = small_spec()
    learner = make_learner(model, spec, *one_epoch(model)).double()
    start = parameters_of(learner)
    for seed in range(2):
        metrics = learner.learn(as_double(random_batch(spec, (6, 4, 4, 2), seed, epsilon=0.1)))
        learner.updates += 1
    moved = parameters_of(learner) - start
    losses = sum(value.double() for name, value in metrics.items() if "loss" in name)
    return [weighted_sum(start), weighted_sum(moved), moved.norm().item(), losses.item()]


@pytest.mark.parametrize("model", slow_but(FAMILIES, FORMS))
def test_numbers_are_the_pinned_ones(model):
    assert numbers_of(model) == pytest.approx(json.loads(PINNED.read_text())[model], rel=1e-6)


def test_every_model_is_pinned_and_nothing_else():
    assert sorted(json.loads(PINNED.read_text())) == FORMS


if __name__ == "__main__":
    PINNED.write_text(json.dumps({model: numbers_of(model) for model in FORMS}, indent=1) + "\n")
