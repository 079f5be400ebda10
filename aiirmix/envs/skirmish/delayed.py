"""Battles of skirmish whose whole reward is paid in the last step."""

from dataclasses import dataclass, replace
from typing import ClassVar

from aiirmix.envs.delayed import Delayed
from aiirmix.envs.skirmish.env import Skirmish


@dataclass(eq=False)
class DelayedSkirmish(Delayed, Skirmish):
    """`Skirmish`, with rewards that are withheld until the battle is over. Contributions are not delayed."""

    SELF_CONTAINED: ClassVar[bool] = True
    """It needs nothing but this package, so that a sweep can build it before its runs start."""

    def __post_init__(self) -> None:
        """Set up the world, under another name: results do not compare."""
        super().__post_init__()
        self._spec = replace(self._spec, name=f"{self._spec.name}/delayed")
