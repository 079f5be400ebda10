"""Critics, used in training only."""

from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from aiirmix.data.episode_batch import Transitions
from aiirmix.envs.protocol import EnvSpec
from aiirmix.nets.inputs import Piece
from aiirmix.nets.layers import AgentNetwork, feed_forward


class AgentCritic(nn.Module):
    """V_i, the value of r_total to each agent (the paper's total critic, as a state value; see docs/aiir_mix.md).

    Args:
        spec: the environment's sizes.
        inputs: what it looks at.
        hidden: widths of the hidden layers.
        share_parameters: one network for all agents (then `inputs` should hold ``id``), or one for each.
    """

    def __init__(self, spec: EnvSpec, inputs: Sequence[Piece], hidden: Sequence[int], share_parameters: bool) -> None:
        super().__init__()
        self.net = AgentNetwork(spec, inputs, [*hidden, 1], share_parameters)

    def forward(self, at: Transitions) -> Tensor:
        """[M, N]."""
        value: Tensor = self.net(at).squeeze(-1)
        return value


class ExtrinsicCritic(nn.Module):
    """V_ex, the value of the team's extrinsic reward; one for the whole team.

    Args:
        spec: the environment's sizes.
        hidden: widths of the hidden layers.
    """

    def __init__(self, spec: EnvSpec, hidden: Sequence[int]) -> None:
        super().__init__()
        self.net = feed_forward([spec.state_dim, *hidden, 1])

    def forward(self, at: Transitions) -> Tensor:
        """[M]."""
        value: Tensor = self.net(at.state).squeeze(-1)
        return value


class CounterfactualCritic(nn.Module):
    """Q(s, (·, u_−i)): what each action of an agent is worth to the team while the others' are as they were (COMA).

    Args:
        spec: the environment's sizes.
        inputs: what it looks at; not ``action``, which it compares with the others.
        hidden: widths of the hidden layers.
    """

    def __init__(self, spec: EnvSpec, inputs: Sequence[Piece], hidden: Sequence[int]) -> None:
        super().__init__()
        self.net = AgentNetwork(spec, inputs, [*hidden, spec.n_actions])

    def forward(self, at: Transitions) -> Tensor:
        """[M, N, A]."""
        q: Tensor = self.net(at)
        return q

    def backwards(self, at: Transitions, steps: int) -> Iterator[tuple[slice, Tensor]]:
        """The same for windows of so many time steps, from the last to the first, each worked out when its turn comes.

        Yields:
            Which rows of `at` those are, and their [rows, N, A].
        """
        rows, agents = at.alive.shape
        pieces = [piece.expand(rows, -1, -1) for piece in self.net.inputs(at)]
        end = rows
        for first in reversed(range(0, len(at.packing.sizes), steps)):
            window = slice(sum(at.packing.sizes[:first]), end)
            yield window, self.net.over([piece[window] for piece in pieces]).expand(-1, agents, -1)
            end = window.start
