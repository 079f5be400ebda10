"""Battles of SMAC's own package whose whole reward is paid in the last step.

Letters in shapes: B battles, N agents.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import EnvSpec, Frame, Outcome
from aiirmix.envs.smac.env import Smac
from aiirmix.envs.withheld import Withheld


@dataclass(eq=False)
class DelayedSmac(Smac):
    """`Smac`, with rewards that are withheld until the battle is over. Returns and battles are the same."""

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start one battle per seed; see `GameBatch`."""
        self._withheld = Withheld(len(seeds))
        return super().reset(seeds, out)

    def step(self, actions: NDArray[np.int64], out: tuple[Frame, Outcome] | None = None) -> tuple[Frame, Outcome]:
        """Play the joint actions [B, N]; see `GameBatch`."""
        frame, outcome = super().step(actions, out)
        self._withheld.settle(outcome)
        return frame, outcome

    def _describe(self, sizes: dict[str, int]) -> EnvSpec:
        """Return sizes and a name of its own: results do not compare."""
        spec = super()._describe(sizes)
        return replace(spec, name=f"{spec.name}/delayed")
