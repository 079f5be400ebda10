"""The rows of agents until they die: all that a policy's recurrent networks have to look at.

Letters in shapes: T timesteps of the longest episode, B episodes, M packed rows, N agents, G networks, S sequences and
R rows of each network.
"""

import torch
from torch import Tensor

from aiirmix.data.packing import Packing


class LivingRows:
    """Which agent at which timestep is in each row of G networks, until its last living timestep.

    Rows run through time first, those of the agents that live longest in front. Networks take equally many rows at each
    timestep, so one with fewer living agents than another has rows that belong to nobody.

    Args:
        alive: [M, N], bool.
        packing: of the M rows.
        networks: one for all agents, or one for each agent.
    """

    def __init__(self, alive: Tensor, packing: Packing, networks: int) -> None:
        self.alive = alive
        time = torch.arange(1, len(packing.sizes) + 1, device=alive.device)[:, None, None]
        cells = torch.arange(alive.numel(), device=alive.device).view_as(alive)
        cells, lives = _sequences(packing.unpack(cells), networks), packing.unpack(alive) * time
        lives, order = _sequences(lives.amax(0), networks).sort(descending=True, stable=True)
        cells = torch.where(time <= lives, cells.gather(-1, order.expand_as(cells)), alive.numel())
        rows = Packing(lives.amax(0))
        self.sizes = rows.sizes
        """Rows of each timestep."""
        self.cells = rows.pack(cells.transpose(1, 2)).T.contiguous()
        """[G, R], int; m·N + n of agent n in packed row m, or M·N for nobody."""

    def gather(self, x: Tensor) -> Tensor:
        """Give each network its rows: [M, N, F] → [G, R, F]; anything in rows of nobody."""
        cells = self.cells.clamp(max=self.alive.numel() - 1)
        return x.flatten(0, 1).index_select(0, cells.flatten()).view(*cells.shape, -1)

    def scatter(self, rows: Tensor) -> Tensor:
        """Put the rows back, with zeros for the dead: [G, R, F] → [M, N, F]."""
        kept = rows.new_zeros(self.alive.numel() + 1, rows.shape[-1])
        return kept.index_copy(0, self.cells.flatten(), rows.reshape(-1, rows.shape[-1]))[:-1].view(
            *self.alive.shape, -1
        )


def _sequences(x: Tensor, networks: int) -> Tensor:
    """Give each network the agents' episodes that it acts in: [..., B, N] → [..., G, S]."""
    return x.transpose(-1, -2).reshape(*x.shape[:-2], networks, -1)
