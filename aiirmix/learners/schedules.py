"""Numbers that change with the environment steps played."""

from typing import Protocol

from aiirmix.common.limits import NonNegativeInt, UnitInterval


class Schedule(Protocol):
    """A number that depends on the environment steps played."""

    def __call__(self, env_steps: int) -> float:
        """Return its value after `env_steps` environment steps."""


class Linear:
    """A straight line from `start` to `end` over `steps` environment steps, constant afterwards."""

    def __init__(self, start: UnitInterval, end: UnitInterval, steps: NonNegativeInt) -> None:
        self.start, self.end, self.steps = start, end, steps

    def __call__(self, env_steps: int) -> float:
        """Return the value after `env_steps` environment steps."""
        done = min(env_steps / self.steps, 1.0) if self.steps else 1.0
        return self.start + (self.end - self.start) * done
