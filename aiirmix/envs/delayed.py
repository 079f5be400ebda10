"""Rewards that are withheld until a battle is over.

Letters in shapes: B battles, N agents.
"""

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import Frame, Outcome


class Delayed:
    """Named before an environment among the base classes, it pays the return in the last step. All else is the same.

    A battle that is aborted is never paid: nothing may be learnt from it.
    """

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one battle per seed; see `BatchEnv`."""
        self._unpaid = np.zeros(len(seeds))
        """[B]; what the team has earned and not been paid."""
        self._running = np.ones(len(seeds), np.bool_)
        frame: Frame = super().reset(seeds, out)  # type: ignore[misc]  # of the environment
        return frame

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Play the joint actions [B, N]; see `BatchEnv`. Rows of battles that were over keep their values."""
        frame, outcome = super().step(actions, out)  # type: ignore[misc]  # of the environment
        played = self._running & ~outcome.aborted
        self._unpaid += np.where(played, outcome.reward, 0.0)
        self._running = played & ~(outcome.terminated | outcome.truncated)
        outcome.reward[played] = np.where(self._running, 0.0, self._unpaid)[played]
        return frame, outcome
