"""Statistics over valid entries."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.maths.masked import (
    correlation,
    explained_variance,
    masked_mean,
    row_deviations,
    standardise,
    unexplained,
)


def example(garbage=0.0):
    x = torch.tensor([[1.0, garbage, 3.0], [garbage, 8.0, garbage]], dtype=torch.float64)
    return x, torch.tensor([[True, False, True], [False, True, False]])


@pytest.mark.parametrize("garbage", [0.0, 1e30, torch.nan])
def test_the_mean_ignores_masked_entries(garbage):
    assert float(masked_mean(*example(garbage))) == pytest.approx(4.0)


def test_the_mean_of_nothing_is_zero():
    assert float(masked_mean(torch.ones(3), torch.zeros(3, dtype=torch.bool))) == 0.0


def test_a_mask_of_another_shape_is_refused_rather_than_broadcast():
    with pytest.raises(ValueError, match="mask"):
        masked_mean(torch.ones(2, 3), torch.ones(3, dtype=torch.bool))


@pytest.mark.parametrize("garbage", [-5.0, 1e6])
def test_standardising_ignores_masked_entries(garbage):
    x, mask = example(garbage)
    clean = standardise(*example())[mask]
    torch.testing.assert_close(standardise(x, mask)[mask], clean, rtol=1e-12, atol=0)


def test_standardised_entries_worked_out_by_hand():
    # Mean 4, deviations -3, -1, 4, variance 26/3.
    x, mask = example()
    expected = torch.tensor([-3.0, -1.0, 4.0], dtype=torch.float64) / (26 / 3) ** 0.5
    torch.testing.assert_close(standardise(x, mask)[mask], expected, rtol=1e-9, atol=0)


@given(st.floats(0.1, 100), st.floats(-100, 100))
def test_standardising_undoes_scale_and_shift(scale, shift):
    x, mask = example()
    torch.testing.assert_close(standardise(scale * x + shift, mask), standardise(x, mask), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_single_valid_entry_becomes_zero_with_a_finite_gradient(dtype):
    x = torch.tensor([3.0, 7.0], dtype=dtype, requires_grad=True)
    out = standardise(x, torch.tensor([True, False]))
    (gradient,) = torch.autograd.grad(out[0], x)
    assert float(out[0].detach()) == 0.0
    assert gradient.isfinite().all()


def test_equal_entries_become_zero_with_a_finite_gradient():
    x = torch.full((4,), 0.1, requires_grad=True)
    out = standardise(x, torch.ones(4, dtype=torch.bool))
    (gradient,) = torch.autograd.grad(out.square().sum(), x)
    assert out.abs().max() < 1e-3
    assert gradient.isfinite().all()


def test_the_gradient_runs_through_mean_and_deviation():
    x, mask = example()
    weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda v: (weights * standardise(v, mask)[mask]).sum(), x.requires_grad_())


def test_adding_a_constant_to_every_entry_has_no_effect_to_first_order():
    x, mask = example()
    out = standardise(x.requires_grad_(), mask)[mask]
    (gradient,) = torch.autograd.grad((torch.tensor([1.0, -2.0, 0.5]) * out).sum(), x)
    assert float(gradient.sum()) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        ([1.0, 9.0, 3.0, 5.0], 1.0),
        ([3.0, 9.0, 3.0, 3.0], 0.0),
        ([2.0, 9.0, 4.0, 6.0], 1.0),
        ([5.0, 9.0, 3.0, 1.0], -3.0),
    ],
    ids=["perfect", "constant", "off by a constant", "reversed"],
)
def test_explained_variance(prediction, expected):
    target, mask = torch.tensor([1.0, -100.0, 3.0, 5.0]), torch.tensor([True, False, True, True])
    assert float(explained_variance(torch.tensor(prediction), target, mask)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("prediction", [[0.0, 0.0, 0.0], [0.9, 1.0, 1.1], [1.0, 1.0, 1.0]])
def test_of_a_constant_target_no_variance_is_explained(prediction):
    assert explained_variance(torch.tensor(prediction), torch.ones(3)) == 0


def test_a_constant_correlates_with_nothing():
    """777 times 0.1 have a mean that is not 0.1."""
    varied, constant = torch.randn(777, generator=torch.Generator().manual_seed(0)), torch.full((777,), 0.1)
    assert correlation(constant, torch.full((777,), 0.7)) == correlation(constant, varied) == 0.0
    assert correlation(varied, 2 * varied + 1).item() == pytest.approx(1.0)


def test_what_regression_leaves_by_hand():
    """x = y + z with y ⊥ z of deviation 1 each: in units of deviation, z/√2 is left."""
    y, z = torch.tensor([1.0, 1.0, -1.0, -1.0]), torch.tensor([1.0, -1.0, 1.0, -1.0])
    torch.testing.assert_close(unexplained(y + z, y), z / 2**0.5, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("scale", "offset"), [(1.0, 0.0), (-3.0, 7.0), (1e4, 0.0)])
def test_regression_leaves_nothing_of_the_same_vector(scale, offset):
    x = torch.randn(50, generator=torch.Generator().manual_seed(0))
    assert not unexplained(x, scale * x + offset).any()


def test_deviations_are_from_the_mean_of_the_living_of_the_same_row():
    x = torch.tensor([[1.0, 3.0, 100.0], [10.0, 20.0, 30.0]])
    mask = torch.tensor([[True, True, False], [True, True, True]])
    assert row_deviations(x, mask).tolist() == [-1.0, 1.0, -10.0, 0.0, 10.0]


def test_equal_entries_have_no_deviations_though_their_mean_is_rounded():
    x, mask = torch.rand(50, 1).expand(50, 7) * 1e3, torch.rand(50, 7) < 0.8
    assert (x.sum(1) / 7 != x[:, 0]).any()
    assert not row_deviations(x, mask).any()


@given(seed=st.integers(0, 10**6))
def test_what_is_added_to_whole_rows_changes_no_deviation(seed):
    generator = torch.Generator().manual_seed(seed)
    x, added = torch.randn(6, 4, generator=generator).double(), torch.randn(6, 1, generator=generator).double()
    mask = torch.rand(6, 4, generator=generator) < 0.6
    torch.testing.assert_close(row_deviations(x + added, mask), row_deviations(x, mask))


def test_no_entries_have_no_deviations():
    assert row_deviations(torch.ones(2, 3), torch.zeros(2, 3, dtype=torch.bool)).shape == (0,)
