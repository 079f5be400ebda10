"""What intrinsic sources say about actions, whatever they say about observations: deviations D = r(o, u) − r(o, u′).

u and u′ are independent draws from the same policy, so the D of two sources have twice the covariance of r(o, u) −
E_π r(o, ·), and the same correlation: how far the sources agree. Letters in shapes: M transitions, N agents, A actions.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from aiirmix.data.collector import sample
from aiirmix.data.packing import PackedTimesteps


@dataclass(frozen=True)
class OtherActions:
    """Transitions, the same with other actions of the same policy, and where a choice was to be made."""

    taken: PackedTimesteps
    resampled: PackedTimesteps

    @cached_property
    def chosen(self) -> Tensor:
        """[M, N], bool; living agents with more than one available action."""
        return self.taken.alive & (self.taken.avail.sum(-1) > 1)

    def deviation(self, rewards: Callable[[PackedTimesteps], Tensor], known: Tensor | None = None) -> Tensor:
        """Return D = r(o, u) − r(o, u′) where a choice was to be made, [choices].

        Args:
            rewards: gives r, [M, N].
            known: r(o, u), if it has been computed.
        """
        taken = rewards(self.taken) if known is None else known
        return (taken - rewards(self.resampled))[self.chosen]


def draw_other_actions(transitions: PackedTimesteps, logits: Tensor, seed: int) -> OtherActions:
    """Draw other actions from the policy with these logits, [M, N, A]."""
    generator = torch.Generator(logits.device).manual_seed(seed)
    actions = sample(logits, transitions.avail, transitions.epsilon, generator)
    return OtherActions(transitions, replace(transitions, actions=actions))
