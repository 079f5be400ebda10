"""Numbers that change with the environment steps played."""

from aiirmix.common.limits import UnitInterval


class Linear:
    """From `start` to `end` in a straight line over `steps` environment steps, then constant."""

    def __init__(self, start: UnitInterval, end: UnitInterval, steps: int) -> None:
        self.start, self.end, self.steps = start, end, steps

    def __call__(self, env_steps: int) -> float:
        """The value."""
        done = min(env_steps / self.steps, 1.0) if self.steps else 1.0
        return self.start + (self.end - self.start) * done
