"""Return redistribution: rewards whose sum is the return of the episode (docs/redistribution.md).

Letters in shapes: T transitions of the longest episode, B episodes, N agents.
"""

import torch
from torch import Tensor

from aiirmix.maths.decomposition import team_reward
from aiirmix.maths.masked import real_cells
from aiirmix.maths.shapes import assert_shape


def redistributed_return(rewards: Tensor, alive: Tensor) -> Tensor:
    """Return the sum of an episode's rewards over timesteps and living agents. Both [T, B, N] → [B].

    Cells after an episode's end must be False in `alive`.
    """
    assert_shape("alive", alive, *rewards.shape)
    return torch.where(alive, rewards, 0.0).sum((0, 2))


def variance_over_time(rewards: Tensor, alive: Tensor, lengths: Tensor) -> Tensor:
    """Return the unbiased variance over time of the team's rewards Σ_i r_i; 0 for one timestep.

    Args:
        rewards: [T, B, N].
        alive: [T, B, N], bool; False after an episode's end.
        lengths: [B], int.

    Returns:
        [B]
    """
    assert_shape("lengths", lengths, rewards.shape[1])
    team = team_reward(rewards, alive)
    deviation = torch.where(real_cells(lengths, len(team)), team - team.sum(0) / lengths, 0.0)
    return deviation.square().sum(0) / (lengths - 1).clamp_min(1)


def redistribution_loss(
    rewards: Tensor, alive: Tensor, lengths: Tensor, returns: Tensor, variance_weight: float = 0.0
) -> Tensor:
    """Return the mean over episodes of (Σ_{t,i} r_{t,i} − R)² + weight · Var_t(Σ_i r_{t,i}) (Xiao et al. 2022).

    Args:
        rewards: [T, B, N].
        alive: [T, B, N], bool; False after an episode's end.
        lengths: [B], int.
        returns: [B], R.
        variance_weight: the larger, the more evenly over time the return is shared out.
    """
    assert_shape("returns", returns, rewards.shape[1])
    errors = redistributed_return(rewards, alive) - returns
    return (errors.square() + variance_weight * variance_over_time(rewards, alive, lengths)).mean()
