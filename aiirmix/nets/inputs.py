"""The inputs of a network, chosen by name from one vocabulary.

Letters in shapes: M packed rows, N agents, A actions. A piece that is equal for all agents or rows has size 1 there.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from aiirmix.common.errors import ConfigError
from aiirmix.data.packing import PackedTimesteps
from aiirmix.envs.protocol import EnvSpec

Piece = Literal["obs", "joint_obs", "state", "action", "other_actions", "last_action", "joint_last_actions", "id"]


class _Piece(NamedTuple):
    width: Callable[[EnvSpec], int]
    build: Callable[[PackedTimesteps], Tensor]
    """[M or 1, N or 1, width]"""


def _joint_width(spec: EnvSpec) -> int:
    return spec.n_agents * spec.n_actions


def _other_actions(timesteps: PackedTimesteps) -> Tensor:
    """Encode the joint action with each agent's own block zeroed, [M, N, N·A]."""
    own = torch.eye(timesteps.actions.shape[1], dtype=torch.bool, device=timesteps.actions.device)
    joint = timesteps.one_hot(timesteps.actions)[:, None].masked_fill(own[..., None], 0.0)
    return joint.flatten(2)


def _agent_id(timesteps: PackedTimesteps) -> Tensor:
    """Return one row for each agent, [1, N, N]."""
    return torch.eye(timesteps.actions.shape[1], dtype=timesteps.obs.dtype, device=timesteps.obs.device)[None]


_PIECES: dict[Piece, _Piece] = {
    "obs": _Piece(lambda spec: spec.obs_dim, lambda at: at.obs),
    "joint_obs": _Piece(lambda spec: spec.n_agents * spec.obs_dim, lambda at: at.obs.flatten(1)[:, None]),
    "state": _Piece(lambda spec: spec.state_dim, lambda at: at.state[:, None]),
    "action": _Piece(lambda spec: spec.n_actions, lambda at: at.one_hot(at.actions)),
    "other_actions": _Piece(_joint_width, _other_actions),
    "last_action": _Piece(lambda spec: spec.n_actions, lambda at: at.one_hot(at.last_actions)),
    "joint_last_actions": _Piece(_joint_width, lambda at: at.one_hot(at.last_actions).flatten(1)[:, None]),
    "id": _Piece(lambda spec: spec.n_agents, _agent_id),
}


class AgentInputs:
    """The chosen pieces of each agent's input.

    Raises:
        ConfigError: none is chosen.
    """

    def __init__(self, pieces: Sequence[Piece], spec: EnvSpec) -> None:
        if not pieces:
            raise ConfigError(f"the inputs of a network must be at least one of {', '.join(_PIECES)}")
        self.pieces = tuple(pieces)
        self.widths = [_PIECES[piece].width(spec) for piece in self.pieces]

    def __call__(self, timesteps: PackedTimesteps) -> list[Tensor]:
        """Build every piece, [M or 1, N or 1, width]."""
        return [_PIECES[piece].build(timesteps) for piece in self.pieces]
