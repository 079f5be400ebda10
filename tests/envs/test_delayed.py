"""Rewards are paid in the last step of a battle, and never if it is aborted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.envs.delayed import Delayed
from aiirmix.envs.protocol import Outcome


class Played:
    """An environment that gives the outcomes of a list."""

    def __init__(self, outcomes):
        self.outcomes = iter(outcomes)

    def reset(self, seeds, out=None):
        return out

    def step(self, actions, out=None):
        return None, next(self.outcomes)


class PaidAtTheEnd(Delayed, Played):
    pass


def outcome(reward, terminated=(), truncated=(), aborted=()):
    """Return the outcome of a step; the other arguments name battles."""
    found = Outcome.zeros(len(reward))
    found.reward[:] = reward
    for name, battles in {"terminated": terminated, "truncated": truncated, "aborted": aborted}.items():
        getattr(found, name)[list(battles)] = True
    return found


def paid(outcomes):
    """Return the rewards of each step, [T, B]."""
    env = PaidAtTheEnd(outcomes)
    env.reset(np.arange(len(outcomes[0].reward)))
    return [env.step(np.zeros(0, np.int64))[1].reward.tolist() for _ in outcomes]


def test_three_battles_by_hand():
    steps = [
        outcome([1, 2, 4]),
        outcome([0.5, 3, 4], terminated=[0]),
        outcome([9, -1, 4], terminated=[0], truncated=[1]),  # row 0 keeps its values
        outcome([9, -1, 4], terminated=[0], truncated=[1], aborted=[2]),
    ]
    assert paid(steps) == [[0, 0, 0], [1.5, 0, 0], [9, 4, 0], [9, -1, 4]]


@given(st.lists(st.floats(-9, 9, width=32), min_size=1, max_size=20), st.sampled_from(["terminated", "truncated"]))
def test_the_return_is_paid_at_once_whatever_the_rewards(rewards, how):
    last = len(rewards) - 1
    found = paid([outcome([reward], **{how: [0] if t == last else []}) for t, reward in enumerate(rewards)])
    assert found[:-1] == [[0.0]] * last
    assert found[-1] == pytest.approx([sum(rewards)], abs=1e-4)
