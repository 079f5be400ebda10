"""λ-returns. Letters in shapes: T steps, B episodes; `...` may be agents."""

import torch
from torch import Tensor

from aiirmix.maths.shapes import assert_shape


def td_lambda_returns(
    rewards: Tensor, values: Tensor, terminal: Tensor, lengths: Tensor, gamma: float, lambda_: float
) -> Tensor:
    """The λ-returns G_t of episodes of different lengths, differentiable in `rewards`.

        G_t = r_t + γ V(s_{t+1})                        at an episode's last step (V = 0 if it is terminal)
        G_t = r_t + γ [(1−λ) V(s_{t+1}) + λ G_{t+1}]    before it

    The recursion is linear, so it is one product with the triangular matrix (γλ)^{k−t}, k ≥ t. Cells after an episode's
    end are never read: whatever they hold, even NaN, changes nothing. (Sutton & Barto 2018, §12.1.)

    Args:
        rewards: [T, B, ...], r_t.
        values: [T + 1, B, ...], V(s_t).
        terminal: [T, B], bool; s_{t+1} is worth nothing.
        lengths: [B], int; steps of each episode, at least 1.
        gamma: discount γ.
        lambda_: trace decay λ; 0 gives one-step targets, 1 gives Monte-Carlo returns.

    Returns:
        [T, B, ...]; zero after an episode's end.
    """
    steps, episodes = rewards.shape[:2]
    assert_shape("values", values, steps + 1, episodes, *rewards.shape[2:])
    assert_shape("terminal", terminal, steps, episodes)
    assert_shape("lengths", lengths, episodes)
    time = torch.arange(steps, device=rewards.device)
    trailing = (1,) * (rewards.dim() - 2)
    valid = (time[:, None] < lengths).view(steps, episodes, *trailing)
    last = (time[:, None] == lengths - 1).view(steps, episodes, *trailing)
    bootstrap = torch.where(valid & ~terminal.view(steps, episodes, *trailing), values[1:], 0.0)
    weight = gamma * (1 - lambda_ * (~last).to(rewards))
    immediate = torch.where(valid, rewards, 0.0) + weight * bootstrap
    decay = _trace_matrix(steps, gamma * lambda_).to(rewards)
    return torch.where(valid, (decay @ immediate.flatten(1)).view_as(rewards), 0.0)


def _trace_matrix(steps: int, decay: float) -> Tensor:
    """[T, T] upper triangular: decay^(k − t) for k ≥ t."""
    time = torch.arange(steps, dtype=torch.float64)
    return torch.triu(torch.as_tensor(decay, dtype=torch.float64) ** (time - time[:, None]).clamp_min(0))
