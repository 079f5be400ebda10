"""A batch of whole episodes.

Letters in shapes: T timesteps with an action of the longest episode, B episodes, N agents, A actions, O observation
features, S state features.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from aiirmix.data.packing import NO_ACTION, PackedTimesteps, Packing
from aiirmix.envs.protocol import Frame
from aiirmix.maths.masked import real_cells
from aiirmix.maths.shapes import assert_shape

PER_TIMESTEP = Frame._fields
"""Fields with an entry for every timestep, the final one included."""
PER_TRANSITION = ("actions", "reward")
"""Fields with an entry for every timestep at which an action was taken."""
PER_EPISODE = ("lengths", "terminated", "won")


def field_lengths(transitions: int) -> dict[str, int]:
    """Return how many entries each time-major field has for an episode of so many transitions."""
    return dict.fromkeys(PER_TIMESTEP, transitions + 1) | dict.fromkeys(PER_TRANSITION, transitions)


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
    """[B], int; transitions of each episode, longest first"""
    terminated: Tensor
    """[B], bool; ended by the environment's own rules"""
    won: Tensor
    """[B], bool"""
    epsilon: float = 0.0
    """The fraction ε of random actions that the episodes were played with."""
    contributions: Tensor | None = None
    """[T, B, N]; each agent's true contribution to the reward; None if the environment does not know it. It is absent
    from the packed timesteps, so that no network can see it."""

    def __post_init__(self) -> None:
        """Raise ValueError if the shapes do not match each other."""
        steps, episodes, agents = self.actions.shape
        assert_shape("obs", self.obs, steps + 1, episodes, agents, None)
        assert_shape("state", self.state, steps + 1, episodes, None)
        assert_shape("avail", self.avail, steps + 1, episodes, agents, None)
        assert_shape("alive", self.alive, steps + 1, episodes, agents)
        assert_shape("reward", self.reward, steps, episodes)
        for name in ("lengths", "terminated", "won"):
            assert_shape(name, getattr(self, name), episodes)
        if self.contributions is not None:
            assert_shape("contributions", self.contributions, steps, episodes, agents)

    @property
    def env_steps(self) -> int:
        """Environment steps played."""
        return int(self.lengths.sum())

    @cached_property
    def returns(self) -> Tensor:
        """[B]; undiscounted extrinsic return of each episode."""
        return torch.where(real_cells(self.lengths, len(self.reward)), self.reward, 0.0).sum(0)

    def terminal(self, bootstrap_on_truncation: bool) -> Tensor:
        """Mark the transitions after which no value is left, [T, B], bool.

        By SMAC's rule a time-out is as terminal as a defeat; with `bootstrap_on_truncation` it is not.
        """
        time = torch.arange(self.actions.shape[0], device=self.lengths.device)
        ended = self.terminated if bootstrap_on_truncation else torch.ones_like(self.terminated)
        return (time[:, None] == self.lengths - 1) & ended

    @cached_property
    def transitions(self) -> PackedTimesteps:
        """The timesteps at which an action was taken."""
        return self._packed(Packing(self.lengths))

    @cached_property
    def after(self) -> PackedTimesteps:
        """The timesteps that follow the transitions, row for row; the last of an episode is its final one."""
        return self._packed(self.transitions.packing, later=1)

    @cached_property
    def timesteps(self) -> PackedTimesteps:
        """All timesteps, final ones included, for networks whose value at s_{t+1} is needed."""
        return self._packed(Packing(self.lengths + 1))

    def _packed(self, packing: Packing, later: int = 0) -> PackedTimesteps:
        """Pack the timesteps that are so much later than the cells of the packing."""
        real = real_cells(self.lengths, len(self.actions))[..., None]
        actions = pad(torch.where(real, self.actions, NO_ACTION), (0, 0, 0, 0, 1, 1), value=NO_ACTION)
        packed = {name: packing.pack(getattr(self, name)[later:]) for name in PER_TIMESTEP}
        now, before = packing.pack(actions[later + 1 :]), packing.pack(actions[later:])
        return PackedTimesteps(packing, **packed, actions=now, last_actions=before, epsilon=self.epsilon)

    def to(self, device: torch.device) -> "EpisodeBatch":
        """Return the same batch on another device."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        moved: dict[str, Any] = {name: x.to(device) for name, x in values.items() if isinstance(x, Tensor)}
        return replace(self, **moved)

    @classmethod
    def join(cls, batches: Sequence["EpisodeBatch"]) -> "EpisodeBatch":
        """Return the episodes of all batches, longest first. The batches must have the same `epsilon`."""
        if len(batches) == 1:
            return batches[0]
        lengths = batches[0]._lengths(max(len(batch.actions) for batch in batches))
        columns = {
            name: torch.cat([_lengthened(getattr(batch, name), length) for batch in batches], 1)
            for name, length in lengths.items()
        }
        rows = {name: torch.cat([getattr(batch, name) for batch in batches]) for name in PER_EPISODE}
        joined = cls(**columns, **rows, epsilon=batches[0].epsilon)
        return joined.select(torch.arange(len(joined.lengths)))

    def select(self, episodes: Tensor) -> "EpisodeBatch":
        """Return some of the episodes, sorted by length and cut to the longest of them."""
        episodes = episodes.to(self.lengths.device)
        order = episodes[self.lengths[episodes].argsort(descending=True, stable=True)]
        lengths = self._lengths(int(self.lengths[order].max()))
        columns = {name: getattr(self, name)[:length, order] for name, length in lengths.items()}
        rows = {name: getattr(self, name)[order] for name in PER_EPISODE}
        return EpisodeBatch(**columns, **rows, epsilon=self.epsilon)

    def _lengths(self, transitions: int) -> dict[str, int]:
        """Return how many entries each time-major field that this batch has needs for so many transitions."""
        known = {} if self.contributions is None else {"contributions": transitions}
        return field_lengths(transitions) | known


def episode_rows(batch: EpisodeBatch) -> list[dict[str, float]]:
    """Return the results of each episode: its return, its environment steps, and 1 if it was won."""
    columns = zip(batch.returns.tolist(), batch.lengths.tolist(), batch.won.int().tolist(), strict=True)
    return [{"return": value, "steps": steps, "won": won} for value, steps, won in columns]


def _lengthened(x: Tensor, length: int) -> Tensor:
    """Append zeros: [T, ...] → [length, ...]."""
    return torch.cat([x, x.new_zeros(length - len(x), *x.shape[1:])])
