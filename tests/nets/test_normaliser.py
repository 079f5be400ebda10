"""The running normaliser, against weighted averages."""

import pytest
import torch

from aiirmix.nets.normaliser import RunningNormaliser, RunningScale

BATCHES = [torch.tensor([1.0, 3.0]), torch.tensor([[5.0], [9.0]]), torch.tensor([2.0, 2.0, 8.0])]


def observed(decay, batches=BATCHES):
    normaliser = RunningNormaliser(decay).double()
    for batch in batches:
        normaliser.observe(batch.double())
    return normaliser


def test_before_anything_was_observed_nothing_changes():
    x = torch.tensor([-3.0, 7.0])
    assert torch.equal(RunningNormaliser(0.9).normalise(x), x)
    assert torch.equal(RunningNormaliser(0.9).denormalise(x), x)


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.99])
def test_what_was_observed_once_gets_mean_0_and_deviation_1(decay):
    batch = BATCHES[0].double()
    x = observed(decay, [batch]).normalise(batch)
    assert float(x.mean()) == pytest.approx(0.0, abs=1e-9)
    assert float(x.var(correction=0)) == pytest.approx(1.0)


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.99])
def test_later_batches_weigh_more(decay):
    weights = [decay**age for age in (2, 1, 0)]
    means, squares = ([float(b.double().pow(k).mean()) for b in BATCHES] for k in (1, 2))
    mean, square = (sum(w * x for w, x in zip(weights, xs, strict=True)) / sum(weights) for xs in (means, squares))
    got = observed(decay).denormalise(torch.tensor([0.0, 1.0], dtype=torch.float64))
    assert got.tolist() == pytest.approx([mean, mean + (square - mean**2) ** 0.5])


def test_normalising_can_be_undone():
    normaliser, x = observed(0.9), torch.randn(5, dtype=torch.float64)
    torch.testing.assert_close(normaliser.denormalise(normaliser.normalise(x)), x)


def test_a_constant_stays_finite():
    assert observed(0.9, [torch.full((4,), 2.0)]).normalise(torch.tensor([2.5])).item() == pytest.approx(5.0)


def test_it_is_saved_with_the_network_and_learns_nothing():
    normaliser, other = observed(0.9), RunningNormaliser(0.9).double()
    other.load_state_dict(normaliser.state_dict())
    x = torch.randn(3, dtype=torch.float64)
    assert torch.equal(other.normalise(x), normaliser.normalise(x))
    assert not list(normaliser.parameters())


def test_features_are_normalised_one_by_one():
    batch = torch.tensor([[[1.0, 10.0], [3.0, 10.0]]], dtype=torch.float64)
    normaliser = RunningNormaliser(0.0, features=2).double()
    normaliser.observe(batch)
    assert normaliser.normalise(batch).flatten().tolist() == pytest.approx([-1.0, 0.0, 1.0, 0.0])


@pytest.mark.parametrize("factor", [1.0, 1e-4])
def test_a_scale_keeps_the_sign_and_has_no_floor_that_matters(factor):
    scale = RunningScale(0.5).double()
    batch = factor * torch.tensor([1.0, 1.99, 2.9701], dtype=torch.float64)
    assert torch.equal(scale.scaled(batch), batch)
    scale.observe(batch)
    assert float(scale.scaled(batch)[0]) == pytest.approx(1 / 0.646888**0.5, rel=1e-5)
    assert scale.scaled(-batch).lt(0).all()


def test_nothing_observed_changes_nothing():
    scale = RunningScale(0.5)
    scale.observe(torch.zeros(0))
    assert scale.weight == 0
