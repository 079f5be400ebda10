"""Timesteps of whole episodes without padding: what every network may look at.

Letters in shapes: T timesteps of the longest episode, B episodes, M packed rows, N agents, A actions, O observation
features, S state features.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from aiirmix.envs.protocol import EnvSpec
from aiirmix.maths.halves import half_of
from aiirmix.maths.masked import real_cells

NO_ACTION = -1


class Packing:
    """The real cells of [T, B], for episodes sorted from longest to shortest.

    Packed rows run through time first, as in torch's PackedSequence: all episodes at t = 0, then those that reach
    t = 1. A recurrent network does no work on padding, and an episode keeps its place among the rows of each timestep.
    """

    def __init__(self, lengths: Tensor) -> None:
        if (lengths.diff() > 0).any():
            raise ValueError(f"episodes must be sorted from longest to shortest, not {lengths.tolist()}")
        self.mask = real_cells(lengths, int(lengths[0]))
        self.sizes: list[int] = self.mask.sum(1).tolist()

    @cached_property
    def half_of_row(self) -> Tensor:
        """[M], int; the half of the batch that each row's episode belongs to."""
        return self.pack(half_of(self.mask.shape[1]).to(self.mask.device).expand(self.mask.shape))

    def pack(self, x: Tensor) -> Tensor:
        """Keep the real cells: [≥T, B, ...] → [M, ...]."""
        return x[: len(self.sizes)][self.mask]

    def unpack(self, rows: Tensor) -> Tensor:
        """Put the rows back, with zeros in padding: [M, ...] → [T, B, ...]."""
        padded = rows.new_zeros(*self.mask.shape, *rows.shape[1:])
        return padded.masked_scatter(self.mask.view(*self.mask.shape, *(1,) * (rows.dim() - 1)), rows)


@dataclass(frozen=True)
class PackedTimesteps:
    """Packed rows, each one timestep of one episode."""

    packing: Packing
    obs: Tensor
    """[M, N, O]"""
    state: Tensor
    """[M, S]"""
    avail: Tensor
    """[M, N, A], bool"""
    alive: Tensor
    """[M, N], bool"""
    actions: Tensor
    """[M, N], int; `NO_ACTION` at a final timestep."""
    last_actions: Tensor
    """[M, N], int; `NO_ACTION` at the first timestep."""
    epsilon: float
    """The fraction ε of the uniform policy that the actions were sampled with."""

    @property
    def acted(self) -> Tensor:
        """[M], bool; False at final timesteps, at which there is no action."""
        return self.actions[:, 0] != NO_ACTION

    def one_hot(self, actions: Tensor) -> Tensor:
        """Encode actions: [M, N] → [M, N, A]; all zeros for `NO_ACTION`."""
        return action_one_hot(actions, self.avail.shape[-1]).to(self.obs)

    @cached_property
    def agent_inputs(self) -> Tensor:
        """[M, N, O + A + N], see `agent_inputs`; built once for all networks that read it."""
        return agent_inputs(self.obs, self.last_actions, self.avail.shape[-1])


def action_one_hot(actions: Tensor, n_actions: int) -> Tensor:
    """Encode actions: [...] int → [..., A] float; all zeros for `NO_ACTION`."""
    return (actions[..., None] == torch.arange(n_actions, device=actions.device)).float()


def agent_inputs(obs: Tensor, last_actions: Tensor, n_actions: int) -> Tensor:
    """Join what each agent acts on: its observation, last action and id. [K, N, O], [K, N] → [K, N, O + A + N]."""
    identity = torch.eye(obs.shape[1], device=obs.device).expand(len(obs), -1, -1)
    return torch.cat([obs, action_one_hot(last_actions, n_actions).to(obs), identity], dim=-1)


def agent_input_width(spec: EnvSpec) -> int:
    """Return the last size of `agent_inputs`, O + A + N."""
    return spec.obs_dim + spec.n_actions + spec.n_agents
