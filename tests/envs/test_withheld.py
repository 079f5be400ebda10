"""Withheld rewards: paid in the last step of a battle, and never if it is aborted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.envs.protocol import Outcome
from aiirmix.envs.withheld import Withheld


def outcome(reward, terminated=(), truncated=(), aborted=()):
    """Return the outcome of a step; the others name battles."""
    found = Outcome.zeros(len(reward))
    found.reward[:] = reward
    for name, battles in {"terminated": terminated, "truncated": truncated, "aborted": aborted}.items():
        getattr(found, name)[list(battles)] = True
    return found


def test_three_battles_by_hand():
    withheld, paid = Withheld(3), []
    steps = [
        outcome([1, 2, 4]),
        outcome([0.5, 3, 4], terminated=[0]),
        outcome([9, -1, 4], terminated=[0], truncated=[1]),  # row 0 keeps its values
        outcome([9, -1, 4], terminated=[0], truncated=[1], aborted=[2]),
    ]
    for step in steps:
        withheld.settle(step)
        paid.append(step.reward.tolist())
    assert paid == [[0, 0, 0], [1.5, 0, 0], [9, 4, 0], [9, -1, 4]]


@given(st.lists(st.floats(-9, 9, width=32), min_size=1, max_size=20), st.booleans())
def test_the_return_is_paid_at_once_whatever_the_rewards(rewards, times_out):
    withheld, paid = Withheld(1), []
    for t, reward in enumerate(rewards, start=1):
        ends = [0] if t == len(rewards) else []
        step = outcome([reward], **{"truncated" if times_out else "terminated": ends})
        withheld.settle(step)
        paid.append(float(step.reward[0]))
    assert paid[:-1] == [0] * (len(rewards) - 1)
    assert paid[-1] == pytest.approx(sum(rewards), abs=1e-4)
