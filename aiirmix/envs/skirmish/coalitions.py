"""Who earned a step's reward, by what it would have been had some agents stopped (docs/skirmish.md).

Letters in shapes: B battles, N agents, C coalitions, P permutations of the agents, in whose order they join.
"""

from collections.abc import Callable
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.counter_rng import draw_bits

Causal = Literal["difference", "shapley"]


class Coalitions(Protocol):
    """Which coalitions are played on copies of a battle, and the agents' credit for the rewards of these."""

    def acting(self, seeds: NDArray[np.int64], step: int) -> NDArray[np.bool_]:
        """Return who acts in each coalition, [B, C, N]. They depend on nothing but battles' seeds and the timestep."""

    def credit(self, acting: NDArray[np.bool_], rewards: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return each agent's credit, [B, N], from the coalitions and their rewards, [B, C]."""


class Difference:
    """Difference rewards: D_i = r(everyone) − r(everyone but i) (Wolpert & Tumer 2002).

    Args:
        agents: N.
    """

    def __init__(self, agents: int) -> None:
        self._acting = np.vstack([np.ones(agents, np.bool_), ~np.eye(agents, dtype=np.bool_)])

    def acting(self, seeds: NDArray[np.int64], step: int) -> NDArray[np.bool_]:
        """Return everyone, then everyone but one, [B, 1 + N, N]."""
        return np.broadcast_to(self._acting, (len(seeds), *self._acting.shape)).copy()

    def credit(self, acting: NDArray[np.bool_], rewards: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return D, [B, N]."""
        return rewards[:, :1] - rewards[:, 1:]


class Shapley:
    """Sampled Shapley values: what an agent adds when it joins those before it, on average over permutations.

    In every permutation the agents together add r(everyone) − r(nobody). Each second one is the one before reversed.

    Args:
        agents: N.
        permutations: P.

    Raises:
        ValueError: P is not even and positive.
    """

    def __init__(self, agents: int, permutations: int) -> None:
        if permutations < 2 or permutations % 2:
            raise ValueError(f"permutations must be even and at least 2, not {permutations}")
        self.agents, self.permutations = agents, permutations

    def acting(self, seeds: NDArray[np.int64], step: int) -> NDArray[np.bool_]:
        """Return nobody, …, everyone, growing by one agent, for each permutation in turn, [B, P (N + 1), N]."""
        pairs = self.permutations // 2
        bits = draw_bits(seeds, step * pairs * self.agents, pairs * self.agents)
        rank = bits.reshape(len(seeds), pairs, self.agents).argsort(-1).argsort(-1)
        ranks = np.stack([rank, self.agents - 1 - rank], axis=2).reshape(len(seeds), self.permutations, 1, self.agents)
        return (ranks < np.arange(self.agents + 1)[:, None]).reshape(len(seeds), -1, self.agents)

    def credit(self, acting: NDArray[np.bool_], rewards: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the sampled Shapley values, [B, N]."""
        joined = acting.reshape(len(acting), self.permutations, self.agents + 1, self.agents)
        gains = np.diff(rewards.reshape(len(acting), self.permutations, self.agents + 1), axis=-1)
        joins = joined[:, :, 1:] & ~joined[:, :, :-1]
        credit: NDArray[np.float32] = np.einsum("bpk,bpki->bi", gains, joins) / self.permutations
        return credit


COALITIONS: dict[Causal, Callable[[int, int], Coalitions]] = {
    "difference": lambda agents, _: Difference(agents),
    "shapley": Shapley,
}
"""Makers of each kind, given the number of agents and of permutations."""
