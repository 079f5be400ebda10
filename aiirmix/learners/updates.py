"""The actors' update: how often a batch is learnt from, and what each pass maximises.

Letters in shapes: M transitions, N agents, B episodes.
"""

import zlib
from typing import Protocol

import torch
from torch import Tensor

from aiirmix.common.limits import Positive, PositiveInt
from aiirmix.learners.base import Metrics
from aiirmix.maths.masked import masked_mean
from aiirmix.maths.policy import divergence
from aiirmix.maths.proximal import clipped_objective, clipped_weight


class ActorsUpdate(Protocol):
    """How the actors learn from one batch of episodes."""

    epochs: int
    """How often every episode is learnt from."""
    minibatches: int
    """Parts of whole episodes that an epoch is divided into; each gives one update."""

    def gain(self, log_new: Tensor, log_old: Tensor, advantage: Tensor) -> Tensor:
        """Return what the actors maximise, from log π(u), log π_old(u) and A, all [M, N]."""

    def weight(self, log_new: Tensor, log_old: Tensor, advantage: Tensor) -> Tensor:
        """Return w, [M, N], with which the gain's gradient is w A ∇log π(u)."""

    def metrics(self, log_new: Tensor, log_old: Tensor, alive: Tensor) -> Metrics:
        """Return metrics of the policy before the step."""


class SingleStep:
    """One step along A ∇log π(u) on the whole batch (eq. 7)."""

    epochs = 1
    minibatches = 1

    def gain(self, log_new: Tensor, log_old: Tensor, advantage: Tensor) -> Tensor:
        """Return A log π(u), [M, N]."""
        return advantage * log_new

    def weight(self, log_new: Tensor, log_old: Tensor, advantage: Tensor) -> Tensor:
        """Return ones, [M, N]."""
        return torch.ones_like(log_new)

    def metrics(self, log_new: Tensor, log_old: Tensor, alive: Tensor) -> Metrics:
        """Return nothing: the policy is still the one that played."""
        return {}


class Clipped:
    """Several steps along the clipped objective of proximal policy optimisation (docs/ppo.md).

    Args:
        clip: how far a ratio π/π_old may gain.
        epochs: how often every episode is learnt from.
        minibatches: parts of whole episodes that an epoch is divided into; each gives one update.
    """

    def __init__(self, clip: Positive, epochs: PositiveInt, minibatches: PositiveInt) -> None:
        self.clip, self.epochs, self.minibatches = clip, epochs, minibatches

    def gain(self, log_new: Tensor, log_old: Tensor, advantage: Tensor) -> Tensor:
        """Return min(ρA, clip(ρ, 1−ε, 1+ε)A), [M, N]."""
        return clipped_objective(log_new, log_old, advantage, self.clip)

    def weight(self, log_new: Tensor, log_old: Tensor, advantage: Tensor) -> Tensor:
        """Return ρ, or 0 where it is clipped, [M, N]."""
        return clipped_weight(log_new, log_old, advantage, self.clip)

    def metrics(self, log_new: Tensor, log_old: Tensor, alive: Tensor) -> Metrics:
        """Return an estimate of KL(π_old, π), and the fraction of ratios further than ε from 1."""
        is_clipped = ((log_new - log_old).expm1().abs() > self.clip).to(log_new)
        return {
            "actor/kl": masked_mean(divergence(log_new, log_old), alive),
            "actor/fraction_clipped": masked_mean(is_clipped, alive),
        }


def minibatches_of(update: ActorsUpdate, episodes: int) -> int:
    """Return the minibatches of an epoch: no more than there are episodes."""
    return min(update.minibatches, episodes)


def updates_of(update: ActorsUpdate, episodes: int) -> int:
    """Return the updates that a batch leads to."""
    return update.epochs * minibatches_of(update, episodes)


def parts(episodes: int, minibatches: int, seed: str) -> list[Tensor]:
    """Divide the indices of the episodes at random into minibatches; each part is sorted."""
    rng = torch.Generator().manual_seed(zlib.crc32(seed.encode()))
    order = torch.randperm(episodes, generator=rng)
    return [part.sort().values for part in order.tensor_split(minibatches)]
