"""A replay buffer of whole episodes.

Letters in shapes: C episodes of capacity, L the environment's episode limit, N agents, A actions, O observation
features, S state features.
"""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

from aiirmix.common.limits import PositiveInt
from aiirmix.data.episode_batch import PER_EPISODE, EpisodeBatch, field_lengths
from aiirmix.envs.protocol import EnvSpec, Frame


class ReplayBuffer:
    """The newest episodes, final timestep included. The k-th episode ever added has place k modulo C.

    Nothing is stored that follows from the rest: no one-hot actions, no second copy of the next observation. The
    operating system gives memory to a place only when it is first written, and only as far as its episode reaches.

    Args:
        spec: the environment's sizes.
        capacity: C.
        saved: whether checkpoints hold the episodes, so that a resumed run continues with the very numbers of an
            uninterrupted one.
    """

    def __init__(self, spec: EnvSpec, capacity: PositiveInt, saved: bool) -> None:
        self.capacity, self.saved = capacity, saved
        self.added = 0
        """Episodes ever added."""
        self.arrays = {name: _allocate(capacity, *shape) for name, shape in _shapes(spec).items()}

    def __len__(self) -> int:
        """Return how many episodes can be sampled."""
        return min(self.added, self.capacity)

    @property
    def megabytes(self) -> float:
        """The memory of a full buffer whose episodes all last to the limit."""
        return sum(array.nbytes for array in self.arrays.values()) / 1e6

    def add(self, batch: EpisodeBatch) -> None:
        """Store whole episodes in place of the oldest."""
        columns = {name: getattr(batch, name).transpose(0, 1) for name in field_lengths(0)}
        self.restore(columns | {name: getattr(batch, name) for name in PER_EPISODE})

    def restore(self, episodes: Mapping[str, Tensor]) -> None:
        """Store what `newest` returned.

        Raises:
            ValueError: there are more episodes than the buffer can hold.
        """
        count = len(episodes["lengths"])
        if count > self.capacity:
            raise ValueError(f"{count} episodes at once do not fit in a replay buffer of {self.capacity}")
        places = self._places(self.added, self.added + count)
        for name, x in episodes.items():
            target = self.arrays[name] if name in PER_EPISODE else self.arrays[name][:, : x.shape[1]]
            target[places] = x.cpu().to(target.dtype)
        self.added += count

    def newest(self, first: int) -> dict[str, Tensor]:
        """Copy the episodes first … added − 1 as they are stored, cut to the longest of them."""
        places = self._places(max(first, self.added - self.capacity), self.added)
        return self._gather(places)

    def sample(self, count: int, rng: np.random.Generator) -> EpisodeBatch:
        """Draw different episodes, all equally likely.

        Their `epsilon` is NaN, as they were played with different ones.
        """
        return self.episodes(rng.choice(len(self), count, replace=False))

    def episodes(self, places: NDArray[np.int64]) -> EpisodeBatch:
        """Return the episodes at these places as a batch, longest first."""
        chosen = torch.from_numpy(places)
        order = self.arrays["lengths"][chosen].argsort(descending=True, stable=True)
        found = self._gather(chosen[order])
        columns = {name: found[name].transpose(0, 1) for name in field_lengths(0)}
        columns["actions"] = columns["actions"].long()
        rows = {name: found[name] for name in PER_EPISODE}
        return EpisodeBatch(**columns, **rows | {"lengths": found["lengths"].long()}, epsilon=float("nan"))

    def _places(self, first: int, end: int) -> Tensor:
        return torch.arange(first, end) % self.capacity

    def _gather(self, places: Tensor) -> dict[str, Tensor]:
        longest = int(self.arrays["lengths"][places].max()) if len(places) else 0
        lengths = field_lengths(longest)
        columns = {name: self.arrays[name][:, :length].index_select(0, places) for name, length in lengths.items()}
        return columns | {name: self.arrays[name][places] for name in PER_EPISODE}


def _shapes(spec: EnvSpec) -> dict[str, tuple[tuple[int, ...], DTypeLike]]:
    """Return shape and type of every field of one episode."""
    limit, agents = spec.episode_limit, spec.n_agents
    frame = Frame.zeros(spec, battles=1)._asdict()
    return {
        **{name: ((limit + 1, *x.shape[1:]), x.dtype) for name, x in frame.items()},
        "actions": ((limit, agents), np.int8 if spec.n_actions <= 127 else np.int16),
        "reward": ((limit,), np.float32),
        "lengths": ((), np.int32),
        "terminated": ((), np.bool_),
        "won": ((), np.bool_),
    }


def _allocate(capacity: int, shape: tuple[int, ...], dtype: DTypeLike) -> Tensor:
    """Return zeros that take no memory before they are written, unlike torch's own."""
    return torch.from_numpy(np.zeros((capacity, *shape), dtype))
