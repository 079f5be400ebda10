"""Battles of SMAC's own package whose whole reward is paid in the last step."""

from dataclasses import dataclass, replace

from aiirmix.envs.delayed import Delayed
from aiirmix.envs.protocol import EnvSpec
from aiirmix.envs.smac.env import Smac


@dataclass(eq=False)
class DelayedSmac(Delayed, Smac):
    """`Smac`, with rewards that are withheld until the battle is over."""

    def _describe(self, sizes: dict[str, int]) -> EnvSpec:
        """Return sizes and a name of its own: results do not compare."""
        spec = super()._describe(sizes)
        return replace(spec, name=f"{spec.name}/delayed")
