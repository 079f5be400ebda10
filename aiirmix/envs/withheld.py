"""Rewards that are withheld until a battle is over.

Letters in shapes: B battles.
"""

import numpy as np

from aiirmix.envs.protocol import Outcome


class Withheld:
    """What the teams of a batch have earned and not been paid. Returns are the same as without delay."""

    def __init__(self, battles: int) -> None:
        self._unpaid = np.zeros(battles)
        self._running = np.ones(battles, np.bool_)

    def settle(self, outcome: Outcome) -> None:
        """Pay the teams whose battles are over the sum of their rewards, and the others nothing, in place.

        A battle that is aborted is never paid: nothing may be learnt from it. Rows of battles that were over keep
        their values.
        """
        played = self._running & ~outcome.aborted
        self._unpaid += np.where(played, outcome.reward, 0.0)
        self._running = played & ~(outcome.terminated | outcome.truncated)
        outcome.reward[played] = np.where(self._running, 0.0, self._unpaid)[played]
