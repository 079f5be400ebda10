"""Target networks."""

from copy import deepcopy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from aiirmix.nets.roles import Network

Copied = TypeVar("Copied", bound=Network)


class TargetNetwork(nn.Module, Generic[Copied]):
    """A copy of a network, renewed at every `every`-th update and constant in between.

    Args:
        source: the network to follow.
        every: updates between copies; 1 is no lag at all.
    """

    copy: Copied
    updates: Tensor

    def __init__(self, source: Copied, every: int) -> None:
        super().__init__()
        self.copy = deepcopy(source).requires_grad_(False)
        self.every = every
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    def forward(self, *args: object) -> Tensor:
        """Return the copy's output, without a gradient."""
        with torch.no_grad():
            value: Tensor = self.copy(*args)
        return value

    @property
    def due(self) -> bool:
        """Whether the next update renews the copy."""
        return (int(self.updates) + 1) % self.every == 0

    def follow(self, source: Copied) -> None:
        """Count one update of `source`, and copy it if it is time."""
        due = self.due
        self.updates += 1
        if due:
            self.copy.load_state_dict(source.state_dict())
