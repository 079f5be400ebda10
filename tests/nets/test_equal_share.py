"""The control that pays all living agents the same share."""

from dataclasses import replace

import pytest
import torch

from tests.learners.models import SPEC, make_learner
from tests.toys import random_batch

EQUAL = ("model/intrinsic=equal_share", "model/balance=scaled")


def test_the_living_share_the_teams_reward_equally_and_the_dead_get_nothing():
    batch = random_batch(SPEC)
    shaped, alive = make_learner("random", SPEC, *EQUAL).shaped_rewards(batch), batch.transitions.alive
    assert not alive.all()
    for row, living, reward in zip(shaped.r_in, alive, batch.transitions.packing.pack(batch.reward), strict=True):
        paid = row[living]
        assert not row[~living].any()
        assert len(paid) == 0 or (paid == paid[0]).all()
        assert paid.sum().item() == pytest.approx(reward.item() if len(paid) else 0.0, abs=1e-6)


def test_it_knows_when_the_team_earned_much_and_not_who():
    learner = make_learner("random", SPEC, *EQUAL)
    batch = random_batch(SPEC)
    learner.update(replace(batch, contributions=torch.rand(batch.actions.shape)))
    assert learner.interval.updates[0]["credit/correlation_among_agents"] == 0.0


def test_actors_learn_from_it():
    learner, control = make_learner("random", SPEC, *EQUAL), make_learner("none", SPEC)
    for one in (learner, control):
        one.update(random_batch(SPEC))
    first, second = (torch.cat([p.flatten() for p in one.actor.parameters()]) for one in (learner, control))
    assert (first - second).abs().max() > 1e-6
