"""Estimates of how long runs will take, from the speed of other runs."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from aiirmix.common.counted import counted
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.heartbeat import read_heartbeat
from aiirmix.runs.lookup import list_directories
from aiirmix.runs.status import run_status
from aiirmix.runs.timing import read_timing

UNMEASURED = 1000.0
"""Environment steps per second and core that are assumed before any run has been measured."""


@dataclass(frozen=True)
class Speed:
    """The speed of a run on one core."""

    env_steps_per_second: float
    source: str
    """Where the number comes from, in words."""

    def __str__(self) -> str:
        return f"{self.env_steps_per_second:,.0f} env steps/s ({self.source})"


class Speeds:
    """The measured speeds of the runs in a folder, finished or running."""

    def __init__(self, folder: Path) -> None:
        found = ((directory.labels, measured_speed(directory)) for directory in list_directories(folder))
        self.measured = [(labels, speed) for labels, speed in found if speed]

    def of(self, model: str, map_label: str) -> Speed:
        """Return the median speed of runs of the model on the map, else of the model, else of all runs."""
        choices = [
            (f"{model} on {map_label}", (model, map_label)),
            (model, (model, None)),
            ("all models", (None, None)),
        ]
        for name, (wanted_model, wanted_map) in choices:
            speeds = [
                speed
                for labels, speed in self.measured
                if wanted_model in (None, labels.model) and wanted_map in (None, labels.map)
            ]
            if speeds:
                return Speed(median(speeds), f"{counted(len(speeds), 'run')} of {name}")
        return Speed(UNMEASURED, "nothing measured yet")


def measured_speed(directory: RunDirectory) -> float | None:
    """Return a run's environment steps per second, evaluations included; None if it has played nothing yet."""
    if timing := read_timing(directory):
        return timing.speed
    heartbeat = read_heartbeat(directory.progress_file)
    return (heartbeat.speed or None) if heartbeat else None


def steps_left(directory: RunDirectory, budget: int) -> int:
    """Return the environment steps that a run has yet to play."""
    reached = run_status(directory).env_steps or 0
    return 0 if directory.is_done else max(0, budget - int(reached))
