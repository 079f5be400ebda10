"""The report's section on runs: their status, diagnostics, configuration and logs, by model and map."""

from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from aiirmix.report.diagnostic_charts import ChartGroup, chart_groups
from aiirmix.report.evaluations import grouped
from aiirmix.runs.recorded import RecordedRun
from aiirmix.runs.status import State, run_state

LOG_LINES = 60
"""Lines that are shown from the end of a log."""


@dataclass(frozen=True)
class RunEntry:
    """A run as the page shows it."""

    run: RecordedRun
    state: State
    log: str


@dataclass(frozen=True)
class ModelOnMap:
    """The runs of a model on a map, which differ only in their seeds."""

    map_label: str
    model: str
    entries: list[RunEntry]
    diagnostics: list[ChartGroup]
    configuration: str


def by_map_and_model(runs: Sequence[RecordedRun]) -> list[list[RecordedRun]]:
    """Group runs that differ only in their seeds, sorted by map and model."""
    return grouped(runs, lambda run: f"{run.map_label} {run.model}")


def model_on_map(runs: Sequence[RecordedRun]) -> ModelOnMap:
    """Return what the page shows of runs that differ only in their seeds."""
    first = runs[0]
    entries = [RunEntry(run, run_state(run.directory), _log(run)) for run in runs]
    configuration = yaml.safe_dump({**first.config, "seed": [run.seed for run in runs]}, sort_keys=False)
    return ModelOnMap(first.map_label, first.model, entries, chart_groups(runs), configuration)


def _log(run: RecordedRun) -> str:
    path = run.directory.log_file
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    cut = [f"… {len(lines) - LOG_LINES} lines before"] if len(lines) > LOG_LINES else []
    return "\n".join([*cut, *lines[-LOG_LINES:]])
