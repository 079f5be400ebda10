"""How long a run took, from `timing.csv`: a row per evaluation interval."""

from collections.abc import Sequence
from typing import NamedTuple

from aiirmix.common.errors import ConfigError
from aiirmix.runs.csv_table import Row, Table
from aiirmix.runs.directory import RunDirectory

COLUMNS = ("env_steps", "played", "seconds", "collecting", "learning", "testing", "cpu_seconds")


class Timing(NamedTuple):
    """What an evaluation interval took, its evaluation and the writing of the checkpoint before it included."""

    env_steps: int
    """Where the interval ends."""
    played: int
    """Environment steps played in it."""
    seconds: float
    """The whole interval."""
    collecting: float
    """Seconds of playing training episodes."""
    testing: float
    """Seconds of playing test episodes."""
    cpu_seconds: float
    """Seconds of the processor: less than `seconds` on a machine with other work to do."""

    @property
    def is_whole(self) -> bool:
        """Whether the sum of intervals reaches back to the start of the run."""
        return self.played >= self.env_steps

    @property
    def learning(self) -> float:
        """Seconds of all that is neither collecting nor testing."""
        return self.seconds - self.collecting - self.testing

    @property
    def speed(self) -> float:
        """Environment steps per second."""
        return self.played / self.seconds

    @property
    def cpu_speed(self) -> float:
        """Environment steps per second of processor time, as if the machine did nothing else."""
        return self.played / self.cpu_seconds

    def row(self) -> Row:
        """Return the row of `timing.csv`."""
        return {name: getattr(self, name) for name in COLUMNS}


def read_timing(directory: RunDirectory) -> Timing | None:
    """Return what a run took as far as it got; None if no interval was trained, or the table cannot be read."""
    try:
        return total([_interval(row) for row in Table(directory.timing_file).rows()])
    except (ConfigError, KeyError, ValueError, TypeError):
        return None


def total(timings: Sequence[Timing]) -> Timing | None:
    """Return the sum of consecutive intervals; None if there are none."""
    if not timings:
        return None
    return Timing(timings[-1].env_steps, *map(sum, list(zip(*timings, strict=True))[1:]))


def _interval(row: dict[str, str]) -> Timing:
    seconds = (float(row[name]) for name in Timing._fields[2:])
    return Timing(int(row["env_steps"]), int(row["played"]), *seconds)
