"""Critics, used in training only. Letters in shapes: M packed rows, N agents, A actions."""

from collections.abc import Iterator, Sequence
from typing import Literal

from torch import Tensor, nn

from aiirmix.common.limits import PositiveInt
from aiirmix.data.packing import PackedTimesteps
from aiirmix.envs.protocol import EnvSpec
from aiirmix.nets.inputs import Piece
from aiirmix.nets.layers import AgentNetwork, StateNetwork


class AgentCritic(nn.Module):
    """V_i, the value of the reward to each agent (the paper's total critic, as a state value; docs/aiir_mix.md).

    Args:
        spec: the environment's sizes.
        inputs: the pieces it reads.
        hidden: widths of the hidden layers.
        share_parameters: one network for all agents (then `inputs` should hold ``id``), or one for each.
        start: ``random`` is torch's default, with ``zero`` all values start at zero.
    """

    def __init__(
        self,
        spec: EnvSpec,
        inputs: Sequence[Piece],
        hidden: Sequence[PositiveInt],
        share_parameters: bool,
        start: Literal["random", "zero"] = "random",
    ) -> None:
        super().__init__()
        self.net = AgentNetwork(spec, inputs, [*hidden, 1], share_parameters)
        if start == "zero":
            self.net.start_at_zero()

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return V_i, [M, N]."""
        value: Tensor = self.net(timesteps).squeeze(-1)
        return value


class ExtrinsicCritic(StateNetwork):
    """V_ex, the value of the team's extrinsic reward; one for the whole team."""

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return V_ex, [M]."""
        value: Tensor = self.net(timesteps.state).squeeze(-1)
        return value


class CounterfactualCritic(nn.Module):
    """Q(s, (·, u_−i)): the team's value of each action of an agent, while the others act as they did (COMA).

    Args:
        spec: the environment's sizes.
        inputs: the pieces it reads; not ``action``, which it compares with the agent's other actions.
        hidden: widths of the hidden layers.
    """

    def __init__(self, spec: EnvSpec, inputs: Sequence[Piece], hidden: Sequence[PositiveInt]) -> None:
        super().__init__()
        self.net = AgentNetwork(spec, inputs, [*hidden, spec.n_actions])

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return Q, [M, N, A]."""
        q: Tensor = self.net(timesteps)
        return q

    def backwards(self, timesteps: PackedTimesteps, window: int) -> Iterator[tuple[slice, Tensor]]:
        """Compute Q in windows of `window` timesteps from the last to the first, each only when it is asked for.

        Yields:
            Which rows of `timesteps` the window covers, and their Q, [rows, N, A].
        """
        rows, agents = timesteps.alive.shape
        pieces = [piece.expand(rows, -1, -1) for piece in self.net.inputs(timesteps)]
        for part in windows_backwards(timesteps, window):
            yield part, self.net.from_pieces([piece[part] for piece in pieces]).expand(-1, agents, -1)


def windows_backwards(timesteps: PackedTimesteps, window: int) -> Iterator[slice]:
    """Yield the rows of windows of `window` timesteps from the last to the first."""
    sizes, end = timesteps.packing.sizes, len(timesteps.alive)
    for first in reversed(range(0, len(sizes), window)):
        rows = slice(sum(sizes[:first]), end)
        yield rows
        end = rows.start
