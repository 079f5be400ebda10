"""Reward decomposition: rewards of agents whose sum is the team's reward of the timestep (docs/decomposition.md).

Letters in shapes: T transitions of the longest episode, B episodes, N agents.
"""

import torch
from torch import Tensor

from aiirmix.maths.masked import real_cells
from aiirmix.maths.shapes import assert_shape


def team_reward(rewards: Tensor, alive: Tensor) -> Tensor:
    """Return the sum of a timestep's rewards over living agents. Both [T, B, N] → [T, B]."""
    assert_shape("alive", alive, *rewards.shape)
    return torch.where(alive, rewards, 0.0).sum(2)


def decomposition_loss(rewards: Tensor, alive: Tensor, lengths: Tensor, reward: Tensor) -> Tensor:
    """Return the mean over timesteps of (Σ_i r_i − r_ex)².

    Args:
        rewards: [T, B, N].
        alive: [T, B, N], bool; False after an episode's end.
        lengths: [B], int; all timesteps before count the same.
        reward: [T, B], r_ex.
    """
    assert_shape("reward", reward, *rewards.shape[:2])
    assert_shape("lengths", lengths, rewards.shape[1])
    errors = torch.where(real_cells(lengths, len(reward)), team_reward(rewards, alive) - reward, 0.0)
    return errors.square().sum() / lengths.sum()
