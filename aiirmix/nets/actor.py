"""The agents' networks: FC-ReLU-GRU-FC from an agent's observation, last action and id to an output for each action.

The outputs are the logits of a policy, or the utilities Q_i of value-based learners.
Letters in shapes: M packed rows, B episodes, N agents, A actions, O observation features, H width of the hidden state.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from aiirmix.common.limits import PositiveInt
from aiirmix.data.living import LivingRows
from aiirmix.data.packing import PackedTimesteps, agent_input_width, agent_inputs
from aiirmix.envs.protocol import EnvSpec
from aiirmix.nets.gru import affine, gru, gru_step


class RecurrentNet(nn.Module):
    """The parameters of FC-ReLU-GRU-FC with these widths."""

    def __init__(self, width_in: int, hidden: int, width_out: int) -> None:
        super().__init__()
        self.encode = nn.Linear(width_in, hidden)
        self.cell = nn.GRUCell(hidden, hidden)
        self.decode = nn.Linear(hidden, width_out)


class Actor(nn.Module):
    """Decentralised recurrent networks of all agents: each agent sees only its own observations and actions.

    The networks of agents that share no parameters run side by side, as one batch of matrix products.

    Args:
        spec: the environment's sizes.
        hidden: width of the encoder and of the hidden state.
        share_parameters: one network for all agents, told apart by their ids, or a network for each agent.
    """

    def __init__(self, spec: EnvSpec, hidden: PositiveInt, share_parameters: bool) -> None:
        super().__init__()
        self.spec, self.hidden, self.share_parameters = spec, hidden, share_parameters
        width, count = agent_input_width(spec), 1 if share_parameters else spec.n_agents
        self.networks = nn.ModuleList(RecurrentNet(width, hidden, spec.n_actions) for _ in range(count))

    def forward(self, timesteps: PackedTimesteps, living_only: bool = False) -> Tensor:
        """Return the outputs along whole episodes, [M, N, A]; with `living_only`, those of the dead may be anything."""
        return self.of_living(timesteps) if living_only else self.unroll(timesteps)[0]

    def of_living(self, timesteps: PackedTimesteps) -> Tensor:
        """Return the outputs [M, N, A] along whole episodes, with zeros after an agent's last living timestep."""
        living, layers = LivingRows(timesteps.alive, timesteps.packing, len(self.networks)), self._layers()
        rows = living.gather(timesteps.agent_inputs)
        hidden = gru(layers.gates(rows[0] if self.share_parameters else rows), *layers.recurrent, living.sizes)
        return living.scatter(affine(hidden, *layers.decode))

    def unroll(self, timesteps: PackedTimesteps) -> tuple[Tensor, Tensor]:
        """Return outputs [M, N, A] along whole episodes, and the hidden states [M, N, H] they were decoded from."""
        rows, layers = self._split(timesteps.agent_inputs), self._layers()
        sizes = [size * rows.shape[-2] // len(timesteps.obs) for size in timesteps.packing.sizes]
        hidden = gru(layers.gates(rows), *layers.recurrent, sizes)
        return self._join(affine(hidden, *layers.decode)), self._join(hidden)

    def initial_hidden(self, episodes: int) -> Tensor:
        """Return zeros, [B, N, H]."""
        return next(self.parameters()).new_zeros(episodes, self.spec.n_agents, self.hidden)

    def act(self, obs: Tensor, last_actions: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Take one step: obs [B, N, O], last actions [B, N], hidden [B, N, H] → outputs [B, N, A], hidden."""
        inputs, layers = agent_inputs(obs, last_actions, self.spec.n_actions), self._layers()
        after = gru_step(layers.gates(self._split(inputs)), *layers.recurrent, self._split(hidden))
        return self._join(affine(after, *layers.decode)), self._join(after)

    def _layers(self) -> "_Layers":
        """Return the parameters of the shared network, or those of all agents' networks stacked."""
        each = [_Layers.of(cast(RecurrentNet, network)) for network in self.networks]
        return each[0] if self.share_parameters else _Layers.stacked(each)

    def _split(self, x: Tensor) -> Tensor:
        """Give each network its rows of [K, N, ·]: all agents' [K·N, ·] to the shared one, else [N, K, ·]."""
        return x.flatten(0, 1) if self.share_parameters else x.transpose(0, 1)

    def _join(self, rows: Tensor) -> Tensor:
        """Invert `_split`."""
        return rows.view(-1, self.spec.n_agents, rows.shape[-1]) if self.share_parameters else rows.transpose(0, 1)


class _Layers(NamedTuple):
    """Weight and bias of each layer, of one network, or of G networks with a first dimension for them."""

    encode: tuple[Tensor, Tensor]
    drive: tuple[Tensor, Tensor]
    """The inputs' part of the GRU's gates."""
    recurrent: tuple[Tensor, Tensor]
    """The hidden state's part."""
    decode: tuple[Tensor, Tensor]

    @classmethod
    def of(cls, network: RecurrentNet) -> "_Layers":
        """Return the parameters of one network."""
        encode, cell, decode = network.encode, network.cell, network.decode
        return cls(
            (encode.weight, encode.bias),
            (cell.weight_ih, cell.bias_ih),
            (cell.weight_hh, cell.bias_hh),
            (decode.weight, decode.bias),
        )

    @classmethod
    def stacked(cls, each: "Sequence[_Layers]") -> "_Layers":
        """Return the parameters of several networks."""
        weights_and_biases = (zip(*layers, strict=True) for layers in zip(*each, strict=True))
        return cls(*((torch.stack(weights), torch.stack(biases)) for weights, biases in weights_and_biases))

    def gates(self, x: Tensor) -> Tensor:
        """Return the inputs' part of the GRU's gates, [..., R, I] → [..., R, 3H]."""
        return affine(affine(x, *self.encode).relu(), *self.drive)
