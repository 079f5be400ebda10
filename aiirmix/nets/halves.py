"""An intrinsic reward from two networks, each of which learns from half of the episodes.

Letters in shapes: M packed rows, N agents.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from aiirmix.data.packing import PackedTimesteps
from aiirmix.nets.roles import IntrinsicSource


class Halves(IntrinsicSource):
    """Two intrinsic sources with different random starts; r_in is their mean.

    Args:
        sources: two sources of the same kind.
    """

    def __init__(self, sources: Sequence[IntrinsicSource]) -> None:
        super().__init__()
        self.sources = nn.ModuleList(sources)

    def each(self, timesteps: PackedTimesteps) -> Tensor:
        """Return r_in of each source, [2, M, N]."""
        return torch.stack([source(timesteps) for source in self.sources])

    def attention(self, timesteps: PackedTimesteps) -> Tensor | None:
        """Return the mean attention of the sources, [M, N, N]; None if they show none."""
        shown = [cast(IntrinsicSource, source).attention(timesteps) for source in self.sources]
        weights = [weight for weight in shown if weight is not None]
        return torch.stack(weights).mean(0) if weights else None

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return r_in, [M, N]."""
        return self.each(timesteps).mean(0)
