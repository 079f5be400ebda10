"""What a network looks at, chosen by name from one vocabulary.

Letters in shapes: M moments, N agents, A actions. A piece that is the same for all agents or moments has size 1 there.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor

from aiirmix.data.episode_batch import Transitions
from aiirmix.envs.protocol import EnvSpec

Piece = Literal["obs", "joint_obs", "state", "action", "other_actions", "last_action", "joint_last_actions", "id"]


def _other_actions(at: Transitions) -> Tensor:
    """[M, N, N·A]: the joint action with each agent's own block zeroed."""
    own = torch.eye(at.actions.shape[1], dtype=torch.bool, device=at.actions.device)
    joint = at.one_hot(at.actions)[:, None].masked_fill(own[..., None], 0.0)
    return joint.flatten(2)


def _agent_id(at: Transitions) -> Tensor:
    """One row for each agent, [1, N, N]."""
    return torch.eye(at.actions.shape[1], dtype=at.obs.dtype, device=at.obs.device)[None]


_BUILD: dict[Piece, Callable[[Transitions], Tensor]] = {
    "obs": lambda at: at.obs,
    "joint_obs": lambda at: at.obs.flatten(1)[:, None],
    "state": lambda at: at.state[:, None],
    "action": lambda at: at.one_hot(at.actions),
    "other_actions": _other_actions,
    "last_action": lambda at: at.one_hot(at.last_actions),
    "joint_last_actions": lambda at: at.one_hot(at.last_actions).flatten(1)[:, None],
    "id": _agent_id,
}


def _width(piece: Piece, spec: EnvSpec) -> int:
    joint_actions = spec.n_agents * spec.n_actions
    widths: dict[Piece, int] = {
        "obs": spec.obs_dim,
        "joint_obs": spec.n_agents * spec.obs_dim,
        "state": spec.state_dim,
        "action": spec.n_actions,
        "other_actions": joint_actions,
        "last_action": spec.n_actions,
        "joint_last_actions": joint_actions,
        "id": spec.n_agents,
    }
    return widths[piece]


class AgentInputs:
    """The chosen pieces of each agent's view."""

    def __init__(self, pieces: Sequence[Piece], spec: EnvSpec) -> None:
        self.pieces = tuple(pieces)
        self.widths = [_width(piece, spec) for piece in self.pieces]

    def __call__(self, at: Transitions) -> list[Tensor]:
        """Every piece, [M or 1, N or 1, width]."""
        return [_BUILD[piece](at) for piece in self.pieces]
