"""The intrinsic sources of a learner: one, or two that each learn from half of the episodes (docs/aiir_mix.md, Gate).

Letters in shapes: M transitions, N agents.
"""

from collections.abc import Callable, Iterator
from functools import partial
from inspect import signature
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from aiirmix.common.errors import ConfigError
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.data.packing import PackedTimesteps
from aiirmix.envs.protocol import EnvSpec
from aiirmix.learners.base import Metrics, seeded
from aiirmix.maths.halves import own_of_halves
from aiirmix.nets.halves import Halves
from aiirmix.nets.roles import IntrinsicSource


class SourceRewards(NamedTuple):
    """Rewards of the intrinsic sources, all [M, N]."""

    r_in: Tensor
    own: Tensor
    """of the source that learns from the row"""
    each: list[Tensor]


class Sources:
    """The intrinsic sources of a learner, alike but for their random starts.

    Args:
        seed: of the run.
        make: makes one.
        spec: the environment's sizes.
        count: 1 or 2.
        start: ``zero`` if their rewards start at zero, else ``random``.
        teacher: makes what teaches a source, given the source, and gives its rewards from then on; None: the
            meta-gradient teaches it, or the source itself.

    Raises:
        ConfigError: the source is none, or cannot start at zero.
    """

    def __init__(
        self,
        seed: int,
        make: Callable[..., IntrinsicSource],
        spec: EnvSpec,
        count: int,
        start: Literal["random", "zero"],
        teacher: Callable[..., IntrinsicSource] | None = None,
    ) -> None:
        make = _starting_at_zero(make) if start == "zero" else make
        made = [seeded(seed, name, make, spec=spec) for name in ("intrinsic", "intrinsic_2")[:count]]
        if not all(isinstance(source, IntrinsicSource) for source in made):
            base = f"{IntrinsicSource.__module__}.{IntrinsicSource.__name__}"
            raise ConfigError(f"{type(made[0]).__name__} is no intrinsic source: derive it from {base}")
        self.each = tuple(teacher(source) for source in made) if teacher else tuple(made)
        self.joint: IntrinsicSource = self.each[0] if count == 1 else Halves(self.each)
        """The source whose rewards the actors learn from: the only one, or the mean of both."""

    @property
    def learns_by_itself(self) -> bool:
        """Whether the meta-gradient must leave the source alone, as it has losses of its own."""
        return self.each[0].learns_by_itself

    @property
    def judges_actions(self) -> bool:
        """Whether the source can be asked about actions that were not played."""
        return self.each[0].judges_actions

    def observe(self, batch: EpisodeBatch) -> Metrics:
        """Let a source that learns by itself take note of a batch, before its rewards are asked for."""
        return self.joint.observe(batch)

    def losses(self, batch: EpisodeBatch) -> Iterator[Tensor]:
        """Return the losses of a source that learns by itself; its step is taken before the next is computed."""
        return self.joint.losses(batch)

    def rewards(self, batch: EpisodeBatch) -> "SourceRewards":
        """Return the rewards of all sources; of a single one, r_in and `own` are one and the same tensor."""
        each = [source.from_episodes(batch) for source in self.each]
        if self.learns_by_itself:
            each = [r_in.detach() for r_in in each]
        if len(each) == 1:
            return SourceRewards(each[0], each[0], each)
        stacked = torch.stack(each)
        return SourceRewards(stacked.mean(0), own_of_halves(stacked, batch.transitions.packing.half_of_row), each)

    def learning_masks(self, transitions: PackedTimesteps) -> list[Tensor]:
        """Return the entries that reward parameters learn from together, [M, N] each: all, or those of each half."""
        if len(self.each) == 1:
            return [transitions.alive]
        half = transitions.packing.half_of_row[:, None]
        return [transitions.alive & (half == which) for which in (0, 1)]


def _starting_at_zero(make: Callable[..., IntrinsicSource]) -> Callable[..., IntrinsicSource]:
    if "head_start" not in signature(make).parameters:
        raise ConfigError(
            "this model/intrinsic cannot start at zero, as model/balance=balanced and gated demand: choose "
            "model/balance=total or scaled, or model.source_start=random"
        )
    return partial(make, head_start="zero")
