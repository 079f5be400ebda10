"""The balance of the extrinsic and the learnt part of an advantage."""

import pytest
import torch

from aiirmix.maths.balance import balanced_advantage, in_deviations

MASK = torch.tensor([[True, True], [True, True], [False, False]])
EXTRINSIC = torch.tensor([[1.0, 1.0], [-1.0, -1.0], [9.0, 9.0]], dtype=torch.float64)
LEARNT = torch.tensor([[2.0, -2.0], [2.0, -2.0], [50.0, 50.0]], dtype=torch.float64)
"""Uncorrelated with EXTRINSIC where MASK is True, and of deviation 2."""


@pytest.mark.parametrize(
    ("kappa", "expected"), [(0.0, [1, 1, -1, -1]), (0.6, [1.4, 0.2, -0.2, -1.4]), (1.0, [1, -1] * 2)]
)
def test_the_parts_are_weighed_in_units_of_their_deviation(kappa, expected):
    got = balanced_advantage(EXTRINSIC, LEARNT, kappa, MASK)
    assert got[MASK].tolist() == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e5])
def test_the_scale_of_the_learnt_part_does_not_matter(scale):
    got = balanced_advantage(EXTRINSIC, scale * LEARNT, 0.7, MASK)
    torch.testing.assert_close(got, balanced_advantage(EXTRINSIC, LEARNT, 0.7, MASK))


def test_a_tiny_learnt_part_is_not_amplified():
    assert in_deviations(1e-7 * LEARNT, MASK)[MASK].tolist() == pytest.approx([2e-3, -2e-3] * 2)


def test_a_learnt_part_of_zero_changes_nothing_but_can_be_learnt():
    learnt = torch.zeros_like(LEARNT, requires_grad=True)
    got = balanced_advantage(EXTRINSIC, learnt, 0.9, MASK)
    torch.testing.assert_close(got[MASK], EXTRINSIC[MASK], rtol=1e-8, atol=1e-8)
    (gradient,) = torch.autograd.grad(got[0, 0], learnt)
    assert gradient[0, 0] > 0


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="extrinsic"):
        balanced_advantage(EXTRINSIC[0], LEARNT, 0.5, MASK)
