"""Slowly following copies."""

from copy import deepcopy

import torch
from torch import Tensor, nn


class TargetNetwork(nn.Module):
    """A copy of a network that is equal to it at every `every`-th update, and constant between.

    Args:
        source: the network to follow.
        every: learner updates between copies; 1 is no lag at all.
    """

    updates: Tensor

    def __init__(self, source: nn.Module, every: int) -> None:
        super().__init__()
        self.copy = deepcopy(source).requires_grad_(False)
        self.every = every
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    def forward(self, *args: object) -> Tensor:
        """What the copy says; carries no gradient."""
        with torch.no_grad():
            value: Tensor = self.copy(*args)
        return value

    def follow(self, source: nn.Module) -> None:
        """Counts one update of `source`, and copies it if it is time."""
        self.updates += 1
        if int(self.updates) % self.every == 0:
            self.copy.load_state_dict(source.state_dict())
