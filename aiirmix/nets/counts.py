"""Count-based exploration (Strehl & Littman 2008; docs/novelty.md).

Letters in shapes: M transitions, N agents, F features of observation and action, K bits.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from aiirmix.common.errors import ConfigError
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.envs.protocol import EnvSpec
from aiirmix.maths.novelty import count_bonus, paid, sign_key
from aiirmix.nets.roles import IntrinsicSource

MOST_BITS = 24
"""2^24 counters are 128 MB of memory, and of every checkpoint."""


class CountReward(IntrinsicSource):
    """Pays each agent n^(−1/2), where n counts how often its observation and action were seen, this time included.

    Pairs count as the same if K random projections have the same signs (Charikar 2002): few pairs are ever seen twice.

    Args:
        spec: the environment's sizes.
        bits: K.
        per_agent: whether each agent has a table of its own; else what one has seen is new to none.
        centre: whether the mean of a batch is subtracted, so that a long episode is not worth more than a short one.

    Raises:
        ConfigError: `bits` is impossible.
    """

    projection: Tensor
    visits: Tensor

    def __init__(self, spec: EnvSpec, bits: int, per_agent: bool, centre: bool) -> None:
        super().__init__()
        tables = spec.n_agents if per_agent else 1
        most = int(math.log2(2**MOST_BITS / tables))
        if not 1 <= bits <= most:
            raise ConfigError(f"model.intrinsic.bits must be from 1 to {most}, not {bits}")
        self.per_agent, self.centre = per_agent, centre
        self.register_buffer("projection", torch.randn(spec.obs_dim + spec.n_actions, bits))
        self.register_buffer("visits", torch.zeros(tables * 2**bits, dtype=torch.int64))

    def observe(self, batch: EpisodeBatch) -> dict[str, Tensor]:
        """Count the visits of living agents; return the fraction of them whose key is seen for the first time."""
        keys = self._keys(batch)[batch.transitions.alive]
        first = (self.visits[keys] == 0).to(batch.reward).mean()
        self.visits += torch.bincount(keys, minlength=len(self.visits))
        return {"source/first_visits": first}

    def from_episodes(self, batch: EpisodeBatch) -> Tensor:
        """Return r_in, [M, N]."""
        bonus = count_bonus(self.visits[self._keys(batch)]).to(batch.reward)
        return paid(bonus, batch.transitions.alive, self.centre)

    def losses(self, batch: EpisodeBatch) -> Iterator[Tensor]:
        """Yield nothing: counting is all that there is to learn."""
        yield from ()

    def _keys(self, batch: EpisodeBatch) -> Tensor:
        """Return the counter of each agent's observation and action, [M, N]."""
        steps = batch.transitions
        keys = sign_key(torch.cat([steps.obs, steps.one_hot(steps.actions)], -1), self.projection)
        agents = torch.arange(keys.shape[1], device=keys.device) * (len(self.visits) // keys.shape[1])
        return keys + agents * self.per_agent
