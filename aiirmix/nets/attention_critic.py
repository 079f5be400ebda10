"""Critics that attend to the other agents, as MAAC's (Iqbal & Sha 2019; docs/maac_critic.md).

Letters in shapes: M packed rows, N agents, A actions, W width, H heads, O outputs.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from aiirmix.common.errors import ConfigError
from aiirmix.common.limits import PositiveInt
from aiirmix.data.packing import PackedTimesteps
from aiirmix.envs.protocol import EnvSpec
from aiirmix.maths.attention import attend_to_others
from aiirmix.nets.critics import windows_backwards
from aiirmix.nets.inputs import Piece
from aiirmix.nets.layers import AgentNetwork, feed_forward, start_at_zero


class OthersAttention(nn.Module):
    """f([s_i, x_i]), s_i = enc(own inputs), x_i from attention of s_i to e_j = enc(inputs of the other living agents).

    Args:
        spec: the environment's sizes.
        inputs: the pieces of the agent itself.
        other_inputs: the pieces of the others.
        width: W.
        heads: H, each of width W/H.
        outputs: O.

    Raises:
        ConfigError: the heads do not divide the width.
    """

    def __init__(
        self,
        spec: EnvSpec,
        inputs: Sequence[Piece],
        other_inputs: Sequence[Piece],
        width: int,
        heads: int,
        outputs: int,
    ) -> None:
        super().__init__()
        if heads < 1 or width % heads:
            raise ConfigError(f"an attention critic's heads must divide its width, and {heads} do not divide {width}")
        self.heads = heads
        self.own, self.others = AgentNetwork(spec, inputs, [width]), AgentNetwork(spec, other_inputs, [width])
        self.queries, self.keys = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.values = nn.Sequential(nn.Linear(width, width), nn.ReLU())
        self.head = feed_forward([2 * width, width, outputs])

    def forward(self, timesteps: PackedTimesteps, rows: slice = slice(None)) -> Tensor:
        """Return the outputs of some rows, by default all, [M, N, O]."""
        alive = timesteps.alive
        own, others = (
            net.from_pieces([piece.expand(len(alive), -1, -1)[rows] for piece in net.inputs(timesteps)])
            .relu()
            .expand(-1, alive.shape[1], -1)
            for net in (self.own, self.others)
        )
        queries, keys, values = map(self._by_head, (self.queries(own), self.keys(others), self.values(others)))
        seen = attend_to_others(queries, keys, values, alive[rows, None].expand(-1, self.heads, -1))
        outputs: Tensor = self.head(torch.cat([own, seen.transpose(1, 2).flatten(2)], dim=-1))
        return outputs

    def _by_head(self, x: Tensor) -> Tensor:
        """[M, N, W] → [M, H, N, W/H]."""
        return x.view(*x.shape[:-1], self.heads, -1).transpose(1, 2)


class AttentionCritic(nn.Module):
    """V_i, the value of the reward to each agent, from what it sees, and what the others see and do.

    The others' actions of the timestep are known to it, the agent's own is not: it is a baseline.

    Args:
        spec: the environment's sizes.
        inputs: the pieces of the agent itself; not ``action``.
        other_inputs: the pieces of the others.
        width: W.
        heads: H.
        start: ``random`` is torch's default, with ``zero`` all values start at zero.
    """

    def __init__(
        self,
        spec: EnvSpec,
        inputs: Sequence[Piece],
        other_inputs: Sequence[Piece],
        width: PositiveInt,
        heads: PositiveInt,
        start: Literal["random", "zero"] = "random",
    ) -> None:
        super().__init__()
        self.net = OthersAttention(spec, inputs, other_inputs, width, heads, outputs=1)
        if start == "zero":
            last = self.net.head[-1]
            assert isinstance(last, nn.Linear)
            start_at_zero(last)

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return V_i, [M, N]."""
        value: Tensor = self.net(timesteps).squeeze(-1)
        return value


class AttentionCounterfactualCritic(nn.Module):
    """Q(s, (·, u_−i)) for COMA: an output for each action of the agent.

    Args:
        spec: the environment's sizes.
        inputs: the pieces of the agent itself; not ``action``, which it compares with the agent's other actions.
        other_inputs: the pieces of the others.
        width: W.
        heads: H.
    """

    def __init__(
        self,
        spec: EnvSpec,
        inputs: Sequence[Piece],
        other_inputs: Sequence[Piece],
        width: PositiveInt,
        heads: PositiveInt,
    ) -> None:
        super().__init__()
        self.net = OthersAttention(spec, inputs, other_inputs, width, heads, outputs=spec.n_actions)

    def forward(self, timesteps: PackedTimesteps) -> Tensor:
        """Return Q, [M, N, A]."""
        q: Tensor = self.net(timesteps)
        return q

    def backwards(self, timesteps: PackedTimesteps, window: int) -> Iterator[tuple[slice, Tensor]]:
        """Compute Q in windows from the last to the first timestep; see `ActionCritic`."""
        for rows in windows_backwards(timesteps, window):
            yield rows, self.net(timesteps, rows)
