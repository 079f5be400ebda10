"""Episodes that are kept to be learnt from again.

Letters in shapes: C episodes that fit in, L the environment's episode limit, N agents, A actions, O observation
features, S state features.
"""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.protocol import EnvSpec

PER_MOMENT = ("obs", "state", "avail", "alive")
PER_STEP = ("actions", "reward")
PER_EPISODE = ("lengths", "terminated", "won")


class ReplayBuffer:
    """The newest episodes, each once, final moment included. The k-th episode ever added has place k modulo C.

    Nothing is stored that follows from the rest: no one-hot actions, no second copy of the next observation. The
    system gives memory to a place only when it is first written, and only as far as its episodes last.

    Args:
        spec: the environment's sizes.
        capacity: C.
        saved: whether checkpoints hold the episodes, so that a resumed run goes on with the very numbers of an
            uninterrupted one.
    """

    def __init__(self, spec: EnvSpec, capacity: int, saved: bool) -> None:
        self.capacity, self.saved = capacity, saved
        self.added = 0
        """Episodes ever added."""
        self.arrays = {name: _allocate(capacity, *shape) for name, shape in _shapes(spec).items()}

    def __len__(self) -> int:
        """Episodes that can be sampled."""
        return min(self.added, self.capacity)

    @property
    def megabytes(self) -> float:
        """What it takes if every place holds an episode that lasts to the limit."""
        return sum(array.nbytes for array in self.arrays.values()) / 1e6

    def add(self, batch: EpisodeBatch) -> None:
        """Takes in whole episodes; the oldest make room."""
        columns = {name: getattr(batch, name) for name in (*PER_MOMENT, *PER_STEP)}
        rows = {name: getattr(batch, name) for name in PER_EPISODE}
        self.restore({name: x.transpose(0, 1) for name, x in columns.items()} | rows)

    def restore(self, episodes: Mapping[str, Tensor]) -> None:
        """Takes in what `newest` gave."""
        count = len(episodes["lengths"])
        if count > self.capacity:
            raise ValueError(f"{count} episodes at once do not fit in a replay buffer of {self.capacity}")
        places = self._places(self.added, self.added + count)
        for name, x in episodes.items():
            target = self.arrays[name] if name in PER_EPISODE else self.arrays[name][:, : x.shape[1]]
            target[places] = x.cpu().to(target.dtype)
        self.added += count

    def newest(self, first: int) -> dict[str, Tensor]:
        """Copies of the episodes first … added − 1, as they are stored, cut to the longest of them."""
        places = self._places(max(first, self.added - self.capacity), self.added)
        return self._gather(places)

    def sample(self, count: int, random: np.random.Generator) -> EpisodeBatch:
        """Different episodes, all equally likely; their `epsilon` is NaN, as they were played with several."""
        return self.episodes(random.choice(len(self), count, replace=False))

    def episodes(self, places: NDArray[np.int64]) -> EpisodeBatch:
        """The episodes at these places as a batch, longest first."""
        chosen = torch.from_numpy(places)
        order = self.arrays["lengths"][chosen].argsort(descending=True, stable=True)
        found = self._gather(chosen[order])
        columns = {name: found[name].transpose(0, 1) for name in (*PER_MOMENT, *PER_STEP)}
        columns["actions"] = columns["actions"].long()
        rows = {name: found[name] for name in PER_EPISODE}
        return EpisodeBatch(**columns, **rows | {"lengths": found["lengths"].long()}, epsilon=float("nan"))

    def _places(self, first: int, end: int) -> Tensor:
        return torch.arange(first, end) % self.capacity

    def _gather(self, places: Tensor) -> dict[str, Tensor]:
        steps = int(self.arrays["lengths"][places].max()) if len(places) else 0
        cut = dict.fromkeys(PER_MOMENT, steps + 1) | dict.fromkeys(PER_STEP, steps)
        columns = {name: self.arrays[name][:, :length].index_select(0, places) for name, length in cut.items()}
        return columns | {name: self.arrays[name][places] for name in PER_EPISODE}


def _shapes(spec: EnvSpec) -> dict[str, tuple[tuple[int, ...], DTypeLike]]:
    """Shape of one episode, and type."""
    steps, agents = spec.episode_limit, spec.n_agents
    return {
        "obs": ((steps + 1, agents, spec.obs_dim), np.float32),
        "state": ((steps + 1, spec.state_dim), np.float32),
        "avail": ((steps + 1, agents, spec.n_actions), np.bool_),
        "alive": ((steps + 1, agents), np.bool_),
        "actions": ((steps, agents), np.int8 if spec.n_actions <= 127 else np.int16),
        "reward": ((steps,), np.float32),
        "lengths": ((), np.int32),
        "terminated": ((), np.bool_),
        "won": ((), np.bool_),
    }


def _allocate(capacity: int, shape: tuple[int, ...], dtype: DTypeLike) -> Tensor:
    """Zeros that take no memory before they are written, which torch's own do."""
    return torch.from_numpy(np.zeros((capacity, *shape), dtype))
