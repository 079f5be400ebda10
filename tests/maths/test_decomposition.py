"""Reward decomposition, against numbers worked out by hand and its own symmetries."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aiirmix.maths.decomposition import decomposition_loss, team_reward

ALIVE = torch.ones(2, 1, 2, dtype=torch.bool)
REWARDS = torch.tensor([[[1.0, 2.0]], [[0.0, 4.0]]], dtype=torch.float64)
R_EX = torch.tensor([[5.0], [3.0]], dtype=torch.float64)


def test_the_loss_is_the_mean_square_of_what_each_sum_misses():
    """The sums 3 and 4 miss 5 and 3 by −2 and 1. The slope in a reward is twice its error over the number of steps."""
    rewards = REWARDS.clone().requires_grad_()
    loss = decomposition_loss(rewards, ALIVE, torch.tensor([2]), R_EX)
    assert loss.item() == pytest.approx((4 + 1) / 2)
    (slope,) = torch.autograd.grad(loss, rewards)
    assert slope.flatten().tolist() == pytest.approx([-2.0, -2.0, 1.0, 1.0])


def test_the_dead_have_no_share_and_learn_nothing():
    alive, rewards = ALIVE.clone(), REWARDS.clone().requires_grad_()
    alive[0, 0, 1] = False
    loss = decomposition_loss(rewards, alive, torch.tensor([2]), R_EX)
    assert team_reward(REWARDS, alive).flatten().tolist() == [1.0, 4.0]
    assert loss.item() == pytest.approx((16 + 1) / 2)
    assert torch.autograd.grad(loss, rewards)[0][0, 0, 1] == 0.0


@given(seed=st.integers(0, 10**6), lengths=st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_all_timesteps_count_the_same_and_padding_none(seed, lengths):
    generator = torch.Generator().manual_seed(seed)
    size, lengths = (max(lengths), len(lengths)), torch.tensor(lengths)
    rewards = torch.randn(*size, 3, generator=generator, dtype=torch.float64)
    reward = torch.randn(*size, generator=generator, dtype=torch.float64)
    real = torch.arange(size[0])[:, None] < lengths
    alive = (torch.rand(*size, 3, generator=generator) < 0.7) & real[..., None]
    errors = [
        sum(rewards[t, b, i].item() for i in range(3) if alive[t, b, i]) - reward[t, b].item()
        for b, length in enumerate(lengths.tolist())
        for t in range(length)
    ]
    garbage = torch.where(real[..., None], rewards, torch.nan), alive, lengths, torch.where(real, reward, torch.nan)
    assert decomposition_loss(*garbage).item() == pytest.approx(sum(e * e for e in errors) / len(errors))
