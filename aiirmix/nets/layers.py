"""Building blocks shared by the networks. Letters in shapes: M packed rows, N agents."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from aiirmix.common.limits import PositiveInt
from aiirmix.data.packing import PackedTimesteps
from aiirmix.envs.protocol import EnvSpec
from aiirmix.nets.inputs import AgentInputs, Piece


def feed_forward(sizes: Sequence[int]) -> nn.Sequential:
    """Stack linear layers of these sizes with ReLU between them: [..., sizes[0]] → [..., sizes[-1]]."""
    layers: list[nn.Module] = []
    for width_in, width_out in pairwise(sizes):
        layers += [nn.Linear(width_in, width_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def start_at_zero(layer: nn.Linear) -> None:
    """Set the weights and the bias of a layer to zero."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)


class StateNetwork(nn.Module):
    """Linear-ReLU layers over the state, with one output.

    Args:
        spec: the environment's sizes.
        hidden: widths of the hidden layers.
    """

    def __init__(self, spec: EnvSpec, hidden: Sequence[PositiveInt]) -> None:
        super().__init__()
        self.net = feed_forward([spec.state_dim, *hidden, 1])


class SideBySide(nn.Module):
    """A linear layer over concatenated pieces, which multiplies a piece that many rows share only once."""

    def __init__(self, widths: Sequence[int], width_out: int) -> None:
        super().__init__()
        self.widths = list(widths)
        self.whole = nn.Linear(sum(widths), width_out)

    def forward(self, pieces: Sequence[Tensor]) -> Tensor:
        """Map pieces [..., widths[k]] whose other sizes broadcast → [..., width_out]."""
        weights = torch.split(self.whole.weight, self.widths, dim=1)
        parts = [linear(piece, weight) for piece, weight in zip(pieces, weights, strict=True)]
        return sum(parts, self.whole.bias)


class AgentNetwork(nn.Module):
    """Linear-ReLU layers over each agent's inputs: one network for all agents, or one for each.

    Args:
        spec: the environment's sizes.
        inputs: the pieces it reads.
        sizes: widths of the layers; the last has no ReLU.
        share_parameters: one network for all agents (told apart by ``id``, if that is among the inputs).
    """

    def __init__(
        self, spec: EnvSpec, inputs: Sequence[Piece], sizes: Sequence[int], share_parameters: bool = True
    ) -> None:
        super().__init__()
        self.inputs = AgentInputs(inputs, spec)
        count = 1 if share_parameters else spec.n_agents
        self.networks = nn.ModuleList(_layers(self.inputs.widths, sizes) for _ in range(count))

    def start_at_zero(self) -> None:
        """Set the last layers to zero, and with them the outputs."""
        for last in [[m for m in net.modules() if isinstance(m, nn.Linear)][-1] for net in self.networks]:
            start_at_zero(last)

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return the outputs, [M, N, sizes[-1]]."""
        return self.from_pieces(self.inputs(timesteps)).expand(*timesteps.alive.shape, -1)

    def from_pieces(self, pieces: Sequence[Tensor]) -> Tensor:
        """Return the outputs for built pieces; of size 1 where no piece tells rows or agents apart."""
        if len(self.networks) == 1:
            return torch.as_tensor(self.networks[0](pieces))
        columns = zip(*(piece.expand(-1, len(self.networks), -1).unbind(1) for piece in pieces), strict=True)
        rows = [net(column) for net, column in zip(self.networks, columns, strict=True)]
        return torch.stack(rows, dim=1)


def _layers(widths: Sequence[int], sizes: Sequence[int]) -> nn.Sequential:
    """Stack linear layers of these sizes over pieces of these widths, with ReLU between them."""
    first = SideBySide(widths, sizes[0])
    return nn.Sequential(first, nn.ReLU(), feed_forward(sizes)) if len(sizes) > 1 else nn.Sequential(first)
