"""How long runs will take, from how long others took."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.heartbeat import read_heartbeat

UNMEASURED = 1000.0
"""Environment steps per second and core that are assumed before any run has finished."""
MEASURED = re.compile(r"env steps in [\d.]+ s: (?P<speed>\d+) env steps/s")
"""What the log of a run says when it ends."""


@dataclass(frozen=True)
class Speed:
    """Of a run on one core."""

    env_steps_per_second: float
    source: str
    """Where the number comes from, in words."""

    def __str__(self) -> str:
        return f"{self.env_steps_per_second:,.0f} env steps/s ({self.source})"


class Speeds:
    """The speeds of the runs in a folder: of finished ones with all their evaluations, of others as they go on."""

    def __init__(self, folder: Path) -> None:
        self.measured = {directory: speed for directory in _runs(folder) if (speed := _speed(directory))}

    def of(self, model: str, world: str) -> Speed:
        """What to expect: the median over runs like this, else of the model anywhere, else of anything anywhere."""
        likenesses = [(f"{model} on {world}", (model, world)), (model, (model, None)), ("all models", (None, None))]
        for name, (wanted_model, wanted_world) in likenesses:
            speeds = [
                speed
                for directory, speed in self.measured.items()
                if wanted_model in (None, directory.path.parts[-3]) and wanted_world in (None, directory.path.parts[-2])
            ]
            if speeds:
                return Speed(median(speeds), f"{len(speeds)} runs of {name}")
        return Speed(UNMEASURED, "nothing measured yet")


def steps_left(directory: RunDirectory, budget: int) -> int:
    """Environment steps that a run has yet to play."""
    rows = Table(directory.metrics_file).rows()
    reached = int(rows[-1]["env_steps"]) if rows else 0
    return 0 if directory.is_done else max(0, budget - reached)


def _runs(folder: Path) -> Iterable[RunDirectory]:
    return (RunDirectory(file.parent) for file in folder.glob("*/*/*/seed=*/config.yaml"))


def _speed(directory: RunDirectory) -> float | None:
    log = directory.log_file.read_text(encoding="utf-8", errors="replace") if directory.log_file.exists() else ""
    told, heartbeat = MEASURED.findall(log), read_heartbeat(directory.progress_file)
    if told:
        return float(told[-1])
    return heartbeat.speed if heartbeat else None
