"""Whether agents and team agree, by hand; and always if the joint value is monotonic in the utilities."""

import pytest
import torch

from aiirmix.learners.off_policy import AGREEMENT_TIMESTEPS
from aiirmix.maths.agreement import agreement
from aiirmix.maths.q_values import values_of
from tests.learners.models import make_learner
from tests.toys import random_batch, small_spec

PAYOFF = torch.tensor([[8.0, -12.0, -12.0], [-12.0, 0.0, 0.0], [-12.0, 0.0, 1.0]])
"""For two agents of three actions: (0, 0) and (2, 2) are best as long as the other stays."""


def paid(actions):
    return PAYOFF[actions[:, 0], actions[:, 1]][:, None]


def preferring(*actions):
    """Utilities of one timestep, [1, N, 3], by which each agent prefers an action."""
    return torch.eye(3)[None, list(actions)]


@pytest.mark.parametrize(
    ("choices", "expected"),
    [((0, 0), 1.0), ((2, 2), 1.0), ((0, 1), 0.0), ((1, 2), 0.5), ((1, 1), 1.0)],
)
def test_by_hand(choices, expected):
    """(0, 1): both could do better by themselves; (1, 2): the first could; (1, 1): 0 is as good as anything there."""
    assert agreement(preferring(*choices), torch.ones(1, 2, 3, dtype=torch.bool), paid) == expected


def test_neither_unavailable_actions_nor_agents_without_a_choice_count():
    avail = torch.tensor([[[True, False, True], [True, True, True]]])
    assert agreement(preferring(0, 1), avail, paid) == 0.0
    only = torch.tensor([[[True, False, False], [True, True, True]]])
    assert agreement(preferring(0, 0), only, paid) == agreement(preferring(2, 0), only, paid) == 1.0


def test_an_agents_own_value_is_asked_where_each_has_one():
    q = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))
    avail = torch.ones_like(q, dtype=torch.bool)
    assert agreement(q, avail, lambda actions: values_of(q, actions)) == 1.0
    assert agreement(q, avail, lambda actions: values_of(-q, actions)) == 0.0


def agreement_of(model):
    learner = make_learner(model, small_spec())
    return float(learner.evaluation_metrics(random_batch(small_spec()))["agreement"])


@pytest.mark.parametrize("model", ["iql", "vdn", "qmix"])
def test_monotonic_values_agree_before_anything_is_learnt(model):
    assert agreement_of(model) == 1.0


@pytest.mark.parametrize("model", ["qtran", "qtran_alt"])
def test_an_untrained_joint_value_of_qtran_agrees_now_and_then(model):
    assert 0.0 < agreement_of(model) < 1.0


def test_only_some_timesteps_of_long_episodes_are_checked():
    learner, seen = make_learner("vdn", small_spec()), set[int]()
    learner.value_mixer.register_forward_pre_hook(lambda _, inputs: seen.add(len(inputs[0])))
    learner.evaluation_metrics(random_batch(small_spec(), lengths=(60,) * 20))
    assert seen == {AGREEMENT_TIMESTEPS}
