"""Battles of skirmish whose whole reward is paid in the last step.

Letters in shapes: B battles, N agents.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import Frame, Outcome
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.withheld import Withheld


@dataclass(eq=False)
class DelayedSkirmish(Skirmish):
    """`Skirmish`, with rewards that are withheld until the battle is over. Returns and battles are the same.

    Contributions are not delayed.
    """

    def __post_init__(self) -> None:
        """Set up the world, under another name: results do not compare."""
        super().__post_init__()
        self._spec = replace(self._spec, name=f"{self._spec.name}/delayed")

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one battle per seed; see `BatchEnv`."""
        self._withheld = Withheld(len(seeds))
        return super().reset(seeds, out)

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Play the joint actions [B, N]; see `BatchEnv`."""
        frame, outcome = super().step(actions, out)
        self._withheld.settle(outcome)
        return frame, outcome
