"""Battles whose whole reward is paid in the last step.

Letters in shapes: B battles, N agents.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.env import Skirmish


@dataclass(eq=False)
class DelayedSkirmish(Skirmish):
    """`Skirmish`, with rewards that are withheld until the battle is over. Returns and battles are the same.

    Contributions are not delayed.
    """

    def __post_init__(self) -> None:
        """Set up the world, under another name: results do not compare."""
        super().__post_init__()
        self._spec = replace(self._spec, name=f"{self._spec.name}/delayed")
        self._unpaid = np.zeros(0)
        """[B]; what the team has earned and not been paid."""

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one battle per seed; see `BatchEnv`."""
        self._unpaid = np.zeros(len(seeds))
        return super().reset(seeds, out)

    def advance(
        self, out: tuple[Frame, Outcome] | None = None, actions: NDArray[np.int64] | None = None
    ) -> tuple[Frame, Outcome]:
        """Play one step; see `Skirmish`."""
        running = ~self.world.battles["over"]
        frame, outcome = super().advance(out, actions)
        ended = self.world.battles["over"]
        self._unpaid += np.where(running, outcome.reward, 0.0)
        outcome.reward[running] = np.where(ended, self._unpaid, 0.0)[running]
        return frame, outcome
