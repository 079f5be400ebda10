"""Endless battles of any environment, and how fast they are played.

Letters in shapes: B battles, N agents, A actions.
"""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import BatchEnv, Frame, Outcome

BATTLES = 128
"""Battles at a time on one core."""
ATTEMPTS = 3
"""The best attempt counts: other work on the machine can only slow it down."""


class Bench:
    """Endless batches of whole battles of one environment.

    Args:
        env: plays.
        battles: B, how many at a time.
        choose: writes an action for every agent into its second argument [B, N], given the masks [B, N, A].
    """

    def __init__(
        self, env: BatchEnv, battles: int, choose: Callable[[NDArray[np.bool_], NDArray[np.int64]], None]
    ) -> None:
        self.env, self.choose = env, choose
        self.seeds = np.arange(battles)
        self.frame, self.outcome = Frame.zeros(env.spec, battles), Outcome.zeros(battles)
        self.actions = np.zeros((battles, env.spec.n_agents), np.int64)

    def play(self) -> int:
        """Play the next battle of each row to its end; return the number of environment steps."""
        battles = len(self.seeds)
        self.env.reset(self.seeds, self.frame)
        self.seeds, self.outcome = self.seeds + battles, Outcome.zeros(battles)
        over, steps = np.zeros(battles, np.bool_), 0
        while running := battles - int(np.count_nonzero(over)):
            self.choose(self.frame.avail, self.actions)
            self.env.step(self.actions, (self.frame, self.outcome))
            steps += running
            over |= self.outcome.terminated | self.outcome.truncated | self.outcome.aborted
        return steps

    def speed(self, seconds: float, clock: Callable[[], float] = time.process_time) -> float:
        """Return environment steps per second of the clock: the best of some attempts within `seconds`."""
        return max(self.attempt(seconds / ATTEMPTS, clock) for _ in range(ATTEMPTS))

    def attempt(self, seconds: float, clock: Callable[[], float]) -> float:
        """Return environment steps per second of the clock, measured once for at least `seconds`."""
        steps, begin = 0, clock()
        while not steps or clock() - begin < seconds:
            steps += self.play()
        return steps / (clock() - begin)
