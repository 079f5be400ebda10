"""Return redistribution, against numbers worked out by hand."""

import pytest
import torch

from aiirmix.maths.redistribution import redistributed_return, redistribution_loss, variance_over_time

ALIVE = torch.ones(2, 1, 2, dtype=torch.bool)
ONE = torch.tensor([6.0], dtype=torch.float64)


def rewards_of(w):
    return w * torch.tensor([[[1.0, 0.0]], [[2.0, 1.0]]], dtype=torch.float64)


def test_the_loss_is_the_square_of_what_the_sum_misses():
    """Features 1, 0, 2, 1 add up to 4, and the return is 6."""
    w = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    loss = redistribution_loss(rewards_of(w), ALIVE, torch.tensor([2]), ONE)
    assert loss.item() == pytest.approx(4.0)
    assert torch.autograd.grad(loss, w)[0].item() == pytest.approx(-16.0)
    assert redistribution_loss(rewards_of(1.5), ALIVE, torch.tensor([2]), ONE).item() == 0.0


def test_the_dead_are_not_counted():
    alive = ALIVE.clone()
    alive[1, 0, 1] = False
    assert redistributed_return(rewards_of(1.0), alive).item() == 3.0
    assert redistribution_loss(rewards_of(1.0), alive, torch.tensor([2]), ONE).item() == pytest.approx(9.0)


def test_the_variance_over_time_is_unbiased():
    """Rewards 1, 2, 0 miss a return of 6 by 3 and have variance 1: with weight 20 the loss is 29."""
    rewards = torch.tensor([1.0, 2.0, 0.0], dtype=torch.float64).view(3, 1, 1)
    alive, lengths = torch.ones(3, 1, 1, dtype=torch.bool), torch.tensor([3])
    assert variance_over_time(rewards, alive, lengths).item() == pytest.approx(1.0)
    assert redistribution_loss(rewards, alive, lengths, ONE, 20.0).item() == pytest.approx(29.0)


def test_episodes_of_other_lengths_and_garbage_in_padding_do_not_matter():
    rewards = torch.tensor([[1.0, 4.0], [2.0, torch.nan], [0.0, torch.nan]], dtype=torch.float64)[..., None]
    alive = torch.tensor([[True, True], [True, False], [True, False]])[..., None]
    lengths = torch.tensor([3, 1])
    assert redistributed_return(rewards, alive).tolist() == [3.0, 4.0]
    assert variance_over_time(rewards, alive, lengths).tolist() == pytest.approx([1.0, 0.0])
