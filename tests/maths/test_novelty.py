"""Rewards for what is new, against numbers worked out by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.maths.novelty import (
    count_bonus,
    discounted_sums,
    half_squared_distance,
    mean_squared_distance,
    paid,
    sign_key,
)

DOUBLE = torch.float64


def test_the_error_of_distillation_is_the_mean_of_the_squares():
    assert mean_squared_distance(torch.tensor([5.0, 1.0]), torch.tensor([2.0, -3.0])) == 12.5


def test_the_error_of_curiosity_is_half_the_sum_of_the_squares():
    assert half_squared_distance(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 2.0])) == 2.5


def test_the_bonus_of_the_nth_visit_is_one_over_its_root():
    assert count_bonus(torch.tensor([1, 2, 3, 4])).tolist() == pytest.approx([1, 0.7071, 0.5774, 0.5], abs=1e-4)


def test_what_was_never_counted_is_worth_a_first_visit():
    assert count_bonus(torch.tensor([0])).item() == 1.0


def test_sums_look_back():
    sums = discounted_sums(torch.ones(3, 1, dtype=DOUBLE), 0.99)
    assert sums.flatten().tolist() == pytest.approx([1, 1.99, 2.9701])
    assert sums.var(correction=0).item() == pytest.approx(0.646888, abs=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.floats(0, 1))
def test_sums_follow_their_recursion(xs, gamma):
    expected, last = [], 0.0
    for x in xs:
        last = gamma * last + x
        expected.append(last)
    found = discounted_sums(torch.tensor(xs, dtype=DOUBLE)[:, None], gamma)
    assert found.flatten().tolist() == pytest.approx(expected, abs=1e-9)


def test_a_key_has_a_bit_for_each_sign():
    x = torch.tensor([[1.0, -2.0], [-1.0, 2.0], [0.0, 0.0]])
    projection = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    assert sign_key(x, projection).tolist() == [0b001, 0b110, 0]


@pytest.mark.parametrize(("centre", "expected"), [(False, [[1.0, 0.0], [5.0, 0.0]]), (True, [[-2.0, 0.0], [2.0, 0.0]])])
def test_only_masked_entries_are_paid_and_their_mean_may_be_subtracted(centre, expected):
    mask = torch.tensor([[True, False], [True, False]])
    bonus = torch.tensor([[1.0, 7.0], [5.0, torch.nan]])
    assert paid(bonus, mask, centre).tolist() == expected
