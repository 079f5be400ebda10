"""Returns and advantages of whole episodes. Letters in shapes: T transitions, B episodes; `...` may be agents.

Arguments of all functions:

    rewards     [T, B, ...], r_t
    values      [T + 1, B, ...], V(s_t)
    terminal    [T, B], bool; V(s_{t+1}) counts as 0
    lengths     [B], int; transitions of each episode, at least 1
    gamma       discount γ

Every recursion is linear, so it is one product with a triangular matrix. Cells after an episode's end are never read:
they may hold anything, even NaN. Results are [T, B, ...] and zero there.
"""

import torch
from torch import Tensor

from aiirmix.maths.masked import real_cells
from aiirmix.maths.shapes import assert_shape


def td_lambda_returns(
    rewards: Tensor, values: Tensor, terminal: Tensor, lengths: Tensor, gamma: float, lambda_: float
) -> Tensor:
    """Return the λ-returns G_t, differentiable in `rewards` (Sutton & Barto 2018, §12.1).

        G_t = r_t + γ V(s_{t+1})                        at an episode's last transition (V = 0 if it is terminal)
        G_t = r_t + γ [(1−λ) V(s_{t+1}) + λ G_{t+1}]    before it

    `lambda_` is the trace decay λ: 0 gives one-step targets, 1 gives Monte-Carlo returns.
    """
    valid, last = _cells(rewards, values, terminal, lengths)
    weight = gamma * (1 - lambda_ * (~last).to(rewards))
    immediate = torch.where(valid, rewards, 0.0) + weight * _next_values(values, terminal, valid)
    return torch.where(valid, discounted_sum(immediate, gamma * lambda_), 0.0)


def generalised_advantages(
    rewards: Tensor, values: Tensor, terminal: Tensor, lengths: Tensor, gamma: float, lambda_: float
) -> Tensor:
    """Return Â_t = δ_t + γλ Â_{t+1} with δ_t = r_t + γ V(s_{t+1}) − V(s_t) (Schulman et al. 2016, eq. 16)."""
    valid, _ = _cells(rewards, values, terminal, lengths)
    errors = torch.where(valid, rewards - values[:-1], 0.0) + gamma * _next_values(values, terminal, valid)
    return torch.where(valid, discounted_sum(errors, gamma * lambda_), 0.0)


def n_step_returns(rewards: Tensor, values: Tensor, terminal: Tensor, lengths: Tensor, gamma: float, n: int) -> Tensor:
    """Return G_t = Σ_{k<n} γ^k r_{t+k} + γ^n V(s_{t+n}), cut at an episode's end (Sutton & Barto 2018, eq. 7.1)."""
    valid, last = _cells(rewards, values, terminal, lengths)
    ahead = torch.cat([values[n:-1], torch.zeros_like(values[:n])])[: len(rewards)]
    within = torch.cat([valid[n:], torch.zeros_like(valid[:n])])
    immediate = torch.where(valid, rewards, 0.0) + gamma * _next_values(values, terminal, last)
    within_n = discounted_sum(immediate, gamma, n)
    return torch.where(valid, within_n + gamma**n * torch.where(within, ahead, 0.0), 0.0)


def _cells(rewards: Tensor, values: Tensor, terminal: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Mark the cells that are transitions of an episode, and those that are its last, [T, B, 1…]."""
    steps, episodes = rewards.shape[:2]
    assert_shape("values", values, steps + 1, episodes, *rewards.shape[2:])
    assert_shape("terminal", terminal, steps, episodes)
    assert_shape("lengths", lengths, episodes)
    valid, before = real_cells(lengths, steps), real_cells(lengths - 1, steps)
    shape = (steps, episodes, *(1,) * (rewards.dim() - 2))
    return valid.view(shape), (valid & ~before).view(shape)


def _next_values(values: Tensor, terminal: Tensor, cells: Tensor) -> Tensor:
    """Return V(s_{t+1}) in these cells, zero elsewhere and after a terminal transition."""
    return torch.where(cells & ~terminal.view_as(cells), values[1:], 0.0)


def discounted_sum(x: Tensor, decay: float, n: int | None = None) -> Tensor:
    """Return Σ_k decay^k x_{t+k} over all k ≥ 0, or over the first `n`. [T, ...] → [T, ...]."""
    time = torch.arange(len(x), dtype=torch.float64)
    powers = torch.triu(torch.as_tensor(decay, dtype=torch.float64) ** (time - time[:, None]).clamp_min(0))
    if n is not None:
        powers = torch.tril(powers, n - 1)
    return (powers.to(x) @ x.flatten(1)).view_as(x)
