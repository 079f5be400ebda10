"""A batch of episodes with what the learner computes about it before the first step.

Letters in shapes: T transitions of the longest episode, B episodes, N agents, K episodes of a part.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from torch import Tensor

from aiirmix.data.episode_batch import EpisodeBatch


class CriticTargets(NamedTuple):
    """What a critic learns from, in the units of its normaliser: [T, B, N], or [T, B] of a critic of the team."""

    old: Tensor
    """the critic's outputs before the first step"""
    returns: Tensor

    def select(self, episodes: Tensor) -> "CriticTargets":
        """Return those of some episodes."""
        return CriticTargets(self.old[:, episodes], self.returns[:, episodes])


@dataclass(frozen=True)
class Rollout:
    """Episodes with the targets of actors and critics: constants."""

    batch: EpisodeBatch
    advantages: Tensor
    """[T, B, N]"""
    critics: Mapping[str, CriticTargets]
    """by the critic's name"""
    extrinsic: Tensor | None = None
    """[T, B, N], advantages of r_ex; None: there is no extrinsic critic"""
    log_old: Tensor | None = None
    """[T, B, N], log π_old of the actions taken; None: π is still π_old"""

    @cached_property
    def living(self) -> Tensor:
        """Count the actions of living agents."""
        return self.batch.transitions.alive.sum()

    def select(self, episodes: Tensor) -> "Rollout":
        """Return some of the episodes; the indices must rise, so that the episodes stay sorted by length."""
        if len(episodes) == len(self.batch.lengths):
            return self
        extrinsic, log_old = (None if x is None else x[:, episodes] for x in (self.extrinsic, self.log_old))
        critics = {name: targets.select(episodes) for name, targets in self.critics.items()}
        return Rollout(self.batch.select(episodes), self.advantages[:, episodes], critics, extrinsic, log_old)

    def started_by(self, log_old: Tensor) -> "Rollout":
        """Return the same with the log π_old [M, N] of a policy that has made no step yet, unless it is known."""
        if self.log_old is not None:
            return self
        return replace(self, log_old=self.batch.transitions.packing.unpack(log_old))
