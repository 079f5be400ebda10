"""The contract of an environment: a batch of B independent battles, stepped together, written into given buffers.

Letters in shapes: B battles, N agents, A actions, O observation features, S state features.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class EnvSpec:
    """The sizes and names that a learner may know about an environment."""

    name: str
    """What was played, version included, e.g. ``skirmish-3/2s3z``. Runs with different names must not be compared."""
    n_agents: int
    n_actions: int
    obs_dim: int
    state_dim: int
    episode_limit: int
    """Most environment steps in an episode."""
    agent_types: tuple[str, ...]
    """The kind of each agent, in agent order, e.g. ``("stalker", "stalker", "zealot", …)``."""
    most_battles: int | None = None
    """How many battles can be played at a time; None: any number."""
    knows_contributions: bool = False
    """Whether the environment is one that `KnowsContributions`."""


class Frame(NamedTuple):
    """What can be seen at one timestep of every battle."""

    obs: NDArray[np.float32]
    """[B, N, O]; all zeros for a dead agent."""
    state: NDArray[np.float32]
    """[B, S]; for training only."""
    avail: NDArray[np.bool_]
    """[B, N, A]; actions that may be chosen, at least one for every agent, dead ones included."""
    alive: NDArray[np.bool_]
    """[B, N]; agents that can still act. Learners rely on this and never infer it from `avail`."""

    @classmethod
    def zeros(cls, spec: EnvSpec, battles: int) -> Self:
        """Return buffers for `battles` battles."""
        n = (battles, spec.n_agents)
        return cls(
            np.zeros((*n, spec.obs_dim), np.float32),
            np.zeros((battles, spec.state_dim), np.float32),
            np.zeros((*n, spec.n_actions), np.bool_),
            np.zeros(n, np.bool_),
        )


class Outcome(NamedTuple):
    """The result of one joint action in every battle."""

    reward: NDArray[np.float32]
    """[B]; the team's extrinsic reward."""
    terminated: NDArray[np.bool_]
    """[B]; the battle is over by its own rules."""
    truncated: NDArray[np.bool_]
    """[B]; the battle was cut off by the episode limit, and is not `terminated`."""
    won: NDArray[np.bool_]
    """[B]; the team reached its goal in this very step."""
    aborted: NDArray[np.bool_]
    """[B]; the game of the battle failed in this step, and nothing of the battle may be learnt from. All other arrays
    keep their values in its row."""

    @classmethod
    def zeros(cls, battles: int) -> Self:
        """Return buffers for `battles` battles."""
        return cls(np.zeros(battles, np.float32), *(np.zeros(battles, np.bool_) for _ in range(4)))


class BatchEnv(Protocol):
    """A batch of battles. Battle i of a batch is, number for number, the same battle played alone."""

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names; constant."""

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one battle per seed (B = len(seeds)) and write the first frame into `out`.

        The same seed and the same actions give the same battle.
        """

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Play the joint actions [B, N] and write the result into `out` (fresh buffers if None).

        A battle that has ended is idle until the next `reset`: its actions are ignored and its rows of `out` keep
        their values.

        Raises:
            ValueError: an action is not available; the message names battle, agent, action and the legal ones.
        """

    def close(self) -> None:
        """Release processes and files, if there are any."""


@runtime_checkable
class KnowsContributions(Protocol):
    """An environment that knows how much each agent contributed to the team's reward. Its spec says so too.

    Only metrics and the intrinsic source `oracle` may use it: actors, critics and learnt rewards never see it.
    """

    def contributions(self) -> NDArray[np.float32]:
        """Return each agent's contribution in the last step, [B, N]; a new array.

        The row of a battle that was already over before the step means nothing.
        """


def refuse_unavailable(actions: NDArray[np.int64], avail: NDArray[np.bool_], running: NDArray[np.bool_]) -> None:
    """Check the actions [B, N] of the `running` battles [B] against what is available, [B, N, A].

    Raises:
        ValueError: an action is not available; the message names battle, agent, action and the legal ones.
    """
    inside = (actions >= 0) & (actions < avail.shape[-1])
    chosen = np.take_along_axis(avail, np.where(inside, actions, 0)[..., None], -1)[..., 0] & inside
    for b, i in np.argwhere(~chosen & running[:, None]):
        raise unavailable(f"battle {b}, agent {i}", actions[b, i], np.flatnonzero(avail[b, i]))


def unavailable(agent: str, action: object, legal: Iterable[int]) -> ValueError:
    """Return the error for an action that the agent may not choose."""
    return ValueError(f"{agent}: action {action} is not available (legal: {', '.join(map(str, legal))})")
