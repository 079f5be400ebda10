"""Battles of skirmish whose whole reward is paid in the last step."""

from dataclasses import dataclass, replace

from aiirmix.envs.delayed import Delayed
from aiirmix.envs.skirmish.env import Skirmish


@dataclass(eq=False)
class DelayedSkirmish(Delayed, Skirmish):
    """`Skirmish`, with rewards that are withheld until the battle is over. Contributions are not delayed."""

    def __post_init__(self) -> None:
        """Set up the world, under another name: results do not compare."""
        super().__post_init__()
        self._spec = replace(self._spec, name=f"{self._spec.name}/delayed")
