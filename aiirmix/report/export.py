"""An experiment in the JSON layout that MARL groups exchange.

The levels are environment, task, algorithm, seed and step, as marl-eval reads them (Gorsane et al. 2022), with a number
for each test episode.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write, require_writable
from aiirmix.report.evaluations import evaluated, grouped
from aiirmix.runs.csv_table import Table
from aiirmix.runs.recorded import RecordedRun, find_runs, require_equal
from aiirmix.runs.seeds import refuse_tuning_seeds

Episode = Mapping[str, str]
"""A row of `episodes.csv`."""


def write_export(folder: Path, out: Path | None = None) -> Path:
    """Write the runs of an experiment as JSON, by default into its folder.

    Returns:
        The file.

    Raises:
        ConfigError: the runs cannot be read or exported (`export`).
    """
    path = out or folder / "marl_eval.json"
    require_writable(path, "{")
    atomic_write(path, f"{json.dumps(export(find_runs(folder)), indent=1)}\n")
    return path


def export(runs: Sequence[RecordedRun]) -> dict[str, Any]:
    """Return the runs as nested dictionaries, without pruned and failed ones.

    Raises:
        ConfigError: runs of one task are of several environments, no run has been evaluated, some have been evaluated
            more often than others, or some have seeds for tuning.
    """
    runs = evaluated(runs)
    _require_equally_long(runs)
    refuse_tuning_seeds((run.seed for run in runs), "an export needs")
    exported: dict[str, Any] = {}
    for alike in grouped(runs, lambda run: run.map_label):
        require_equal(alike, ["env", "evaluation"])
    for run in runs:
        tasks = exported.setdefault(run.environment.rpartition("/")[0] or run.environment, {})
        seeds = tasks.setdefault(_without_commas(run.map_label), {}).setdefault(_without_commas(run.model), {})
        seeds[f"seed_{run.seed}"] = _of_run(run)
    return exported


def _require_equally_long(runs: Sequence[RecordedRun]) -> None:
    """Require equally many evaluations, as the layout's readers align those of all runs."""
    if not runs:
        raise ConfigError("no run has been evaluated yet")
    for run in runs:
        if len(run.rows) != len(runs[0].rows):
            counts = [f"{one.directory.path} has {len(one.rows)}" for one in (runs[0], run)]
            raise ConfigError(
                f"all runs must have equally many evaluations: {', '.join(counts)}; let all of them finish"
            )


def _of_run(run: RecordedRun) -> dict[str, Any]:
    """Return a step for each evaluation, and the absolute metrics.

    Those are of the fresh episodes of the model of the best evaluation, as Gorsane et al. (2022) define them; where it
    played none, of those of the final model, else of the last evaluation.
    """
    evaluations = groupby(run.episodes(), key=lambda row: int(row["env_steps"]))
    steps = {
        f"step_{index}": {"step_count": env_steps, **_metrics(list(episodes))}
        for index, (env_steps, episodes) in enumerate(evaluations)
    }
    absolute = Table(run.directory.best_file).rows() or Table(run.directory.absolute_file).rows()
    last = {name: values for name, values in steps[f"step_{len(steps) - 1}"].items() if name != "step_count"}
    return {**steps, "absolute_metrics": _metrics(absolute) if absolute else last}


def _metrics(episodes: Sequence[Episode]) -> dict[str, list[float]]:
    """Return the return and win rate of each episode; the win rate is 0 where nothing can be won."""
    columns = (("return", "return"), ("win_rate", "won"))
    return {name: [float(row[column]) for row in episodes] for name, column in columns}


def _without_commas(name: str) -> str:
    """Replace commas, at which the layout's readers end a name."""
    return name.replace(",", " ")
