"""A batch of whole episodes, and its packed views without padding.

Letters in shapes: T steps of the longest episode, B episodes, N agents, A actions, O observation features, S state
features, M rows of a packed view.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from aiirmix.maths.shapes import assert_shape

NO_ACTION = -1
PER_MOMENT = ("obs", "state", "avail", "alive")
PER_STEP = ("actions", "reward")
PER_EPISODE = ("lengths", "terminated", "won")


class Packing:
    """Which cells of [T, B] are real, for episodes sorted from longest to shortest.

    Packed rows run through time first, as in torch's PackedSequence: all episodes at t = 0, then those that reach
    t = 1. So a recurrent network does no work on padding, and an episode keeps its place among the rows of each step.
    """

    def __init__(self, lengths: Tensor) -> None:
        if (lengths.diff() > 0).any():
            raise ValueError(f"episodes must be sorted from longest to shortest, not {lengths.tolist()}")
        self.mask = torch.arange(int(lengths[0]), device=lengths.device)[:, None] < lengths
        self.sizes: list[int] = self.mask.sum(1).tolist()

    def pack(self, x: Tensor) -> Tensor:
        """[≥T, B, ...] → [M, ...]."""
        return x[: len(self.sizes)][self.mask]

    def unpack(self, rows: Tensor) -> Tensor:
        """[M, ...] → [T, B, ...], zero in padding."""
        padded = rows.new_zeros(*self.mask.shape, *rows.shape[1:])
        return padded.masked_scatter(self.mask.view(*self.mask.shape, *(1,) * (rows.dim() - 1)), rows)


@dataclass(frozen=True)
class Transitions:
    """Packed rows: what every network may look at. One row is one moment of one episode."""

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
    """[M, N], int; `NO_ACTION` at a final moment."""
    last_actions: Tensor
    """[M, N], int; `NO_ACTION` at the first moment."""
    epsilon: float
    """The share of the uniform policy that the actions were sampled with."""

    def one_hot(self, actions: Tensor) -> Tensor:
        """[M, N] → [M, N, A]; all zeros for `NO_ACTION`."""
        return action_one_hot(actions, self.avail.shape[-1]).to(self.obs)

    @cached_property
    def views(self) -> Tensor:
        """[M, N, O + A + N], `agent_views`; made once for all networks that see them."""
        return agent_views(self.obs, self.last_actions, self.avail.shape[-1])


def action_one_hot(actions: Tensor, n_actions: int) -> Tensor:
    """[...] int → [..., A] float; all zeros for `NO_ACTION`."""
    return (actions[..., None] == torch.arange(n_actions, device=actions.device)).float()


def agent_views(obs: Tensor, last_actions: Tensor, n_actions: int) -> Tensor:
    """What each agent sees: its observation, last action and id. [K, N, O] and [K, N] → [K, N, O + A + N]."""
    identity = torch.eye(obs.shape[1], device=obs.device).expand(len(obs), -1, -1)
    return torch.cat([obs, action_one_hot(last_actions, n_actions).to(obs), identity], dim=-1)


@dataclass(frozen=True)
class EpisodeBatch:
    """Whole episodes, padded to the longest. Cells after an episode's end hold anything and are never read."""

    obs: Tensor
    """[T + 1, B, N, O]"""
    state: Tensor
    """[T + 1, B, S]"""
    avail: Tensor
    """[T + 1, B, N, A], bool"""
    alive: Tensor
    """[T + 1, B, N], bool"""
    actions: Tensor
    """[T, B, N], int"""
    reward: Tensor
    """[T, B], extrinsic"""
    lengths: Tensor
    """[B], int; sorted, longest first"""
    terminated: Tensor
    """[B], bool; ended by the environment's own rules"""
    won: Tensor
    """[B], bool"""
    epsilon: float = 0.0

    def __post_init__(self) -> None:
        """Raises ValueError if the shapes do not belong together."""
        steps, episodes, agents = self.actions.shape
        assert_shape("obs", self.obs, steps + 1, episodes, agents, None)
        assert_shape("avail", self.avail, steps + 1, episodes, agents, None)
        assert_shape("reward", self.reward, steps, episodes)
        assert_shape("lengths", self.lengths, episodes)

    @property
    def env_steps(self) -> int:
        """Environment steps played."""
        return int(self.lengths.sum())

    @cached_property
    def returns(self) -> Tensor:
        """[B]; undiscounted extrinsic return of each episode."""
        time = torch.arange(self.reward.shape[0], device=self.reward.device)
        return torch.where(time[:, None] < self.lengths, self.reward, 0.0).sum(0)

    def terminal(self, bootstrap_on_truncation: bool) -> Tensor:
        """[T, B], bool; after this step the return is over. SMAC's rule: a time-out is as terminal as a defeat."""
        time = torch.arange(self.actions.shape[0], device=self.lengths.device)
        ended = self.terminated if bootstrap_on_truncation else torch.ones_like(self.terminated)
        return (time[:, None] == self.lengths - 1) & ended

    @cached_property
    def steps(self) -> Transitions:
        """The moments at which an action was taken."""
        return self._view(self.lengths)

    @cached_property
    def moments(self) -> Transitions:
        """All moments, the final ones included, for networks whose value at s_{t+1} is needed."""
        return self._view(self.lengths + 1)

    def _view(self, lengths: Tensor) -> Transitions:
        packing = Packing(lengths)
        time = torch.arange(self.actions.shape[0], device=self.lengths.device)
        real = (time[:, None] < self.lengths)[..., None]
        actions = pad(torch.where(real, self.actions, NO_ACTION), (0, 0, 0, 0, 1, 1), value=NO_ACTION)
        per_moment = {name: getattr(self, name) for name in PER_MOMENT}
        packed = {name: packing.pack(x) for name, x in per_moment.items()}
        now, before = packing.pack(actions[1:]), packing.pack(actions[:-1])
        return Transitions(packing, **packed, actions=now, last_actions=before, epsilon=self.epsilon)

    def to(self, device: torch.device) -> "EpisodeBatch":
        """The same batch on another device."""
        moved: dict[str, Any] = {f.name: getattr(self, f.name).to(device) for f in fields(self) if f.name != "epsilon"}
        return replace(self, **moved)

    @classmethod
    def join(cls, batches: Sequence["EpisodeBatch"]) -> "EpisodeBatch":
        """The episodes of all batches, which were played with the same `epsilon`, longest first."""
        if len(batches) == 1:
            return batches[0]
        steps = max(len(batch.actions) for batch in batches)
        columns = {
            name: torch.cat([_lengthened(getattr(batch, name), steps + moments) for batch in batches], 1)
            for name, moments in (dict.fromkeys(PER_MOMENT, 1) | dict.fromkeys(PER_STEP, 0)).items()
        }
        rows = {name: torch.cat([getattr(batch, name) for batch in batches]) for name in PER_EPISODE}
        joined = cls(**columns, **rows, epsilon=batches[0].epsilon)
        return joined.select(torch.arange(len(joined.lengths)))

    def select(self, episodes: Tensor) -> "EpisodeBatch":
        """Some of the episodes, sorted by length and cut to the longest of them."""
        order = episodes[self.lengths[episodes].argsort(descending=True, stable=True)]
        steps = int(self.lengths[order].max())
        cut = dict.fromkeys(PER_MOMENT, steps + 1) | dict.fromkeys(PER_STEP, steps)
        columns = {name: getattr(self, name)[:length, order] for name, length in cut.items()}
        rows = {name: getattr(self, name)[order] for name in PER_EPISODE}
        return EpisodeBatch(**columns, **rows, epsilon=self.epsilon)


def _lengthened(x: Tensor, length: int) -> Tensor:
    """[T, ...] → [length, ...], zeros at the end."""
    return torch.cat([x, x.new_zeros(length - len(x), *x.shape[1:])])
