"""Building blocks shared by the networks."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


def feed_forward(sizes: Sequence[int]) -> nn.Sequential:
    """Linear layers of these sizes with ReLU between them: [..., sizes[0]] → [..., sizes[-1]]."""
    layers: list[nn.Module] = []
    for width_in, width_out in pairwise(sizes):
        layers += [nn.Linear(width_in, width_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class PerAgent(nn.Module):
    """One network for all agents, or one for each: [..., N, I] → [..., N, O]."""

    def __init__(self, make: Callable[[], nn.Module], agents: int, shared: bool) -> None:
        super().__init__()
        self.networks = nn.ModuleList(make() for _ in range(1 if shared else agents))

    def forward(self, x: Tensor) -> Tensor:
        """Each agent's row through its network."""
        if len(self.networks) == 1:
            return torch.as_tensor(self.networks[0](x))
        rows = zip(self.networks, x.unbind(-2), strict=True)
        return torch.stack([network(row) for network, row in rows], dim=-2)
