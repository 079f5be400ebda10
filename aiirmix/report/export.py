"""An experiment in the JSON layout that MARL groups exchange: `python -m aiirmix.report.export runs/<name>`.

Environment → task → algorithm → seed → step, as marl-eval reads it (Gorsane et al. 2022), with a number for each test
episode. Writes `marl_eval.json` into the experiment's folder.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write
from aiirmix.runs.csv_table import Table
from aiirmix.runs.recorded import RecordedRun, find_runs, require_equal

Episode = Mapping[str, str]
"""A row of `episodes.csv`."""


def main() -> None:
    """Writes what the command line asks for and leaves with an exit code."""
    parser = argparse.ArgumentParser("python -m aiirmix.report.export", description="Writes marl-eval's JSON layout.")
    parser.add_argument("directory", type=Path, help="an experiment, runs/<name>")
    parser.add_argument("--out", type=Path, metavar="FILE", help="what to write (default: marl_eval.json in there)")
    arguments = parser.parse_args()
    try:
        text = json.dumps(export(find_runs(arguments.directory)), indent=1)
        path = arguments.out or arguments.directory / "marl_eval.json"
        atomic_write(path, f"{text}\n")
    except ConfigError as error:
        sys.exit(f"error: {error}")
    print(path)


def export(runs: Sequence[RecordedRun]) -> dict[str, Any]:
    """The runs as nested dictionaries.

    Raises:
        ConfigError: runs of one task are of several environments, or have not been evaluated equally often, or at all.
    """
    _require_equally_long(runs)
    exported: dict[str, Any] = {}
    for run in runs:
        require_equal([other for other in runs if other.world == run.world], ["env", "evaluation"])
        tasks = exported.setdefault(run.environment.rpartition("/")[0] or run.environment, {})
        seeds = tasks.setdefault(_without_commas(run.world), {}).setdefault(_without_commas(run.model), {})
        seeds[f"seed_{run.seed}"] = _of_run(run)
    return exported


def _require_equally_long(runs: Sequence[RecordedRun]) -> None:
    """The layout's readers put the evaluations of all runs side by side."""
    if not any(run.rows for run in runs):
        raise ConfigError("no run has been evaluated yet")
    for run in runs:
        if len(run.rows) != len(runs[0].rows):
            told = [f"{one.directory.path} has {len(one.rows)}" for one in (runs[0], run)]
            raise ConfigError(f"all runs must have equally many evaluations: {', '.join(told)}; let all of them finish")


def _of_run(run: RecordedRun) -> dict[str, Any]:
    """A step for each evaluation, and the absolute metrics.

    Those are of the fresh episodes of the final model, or where it was not tested on any, of its last evaluation.
    """
    evaluations = groupby(Table(run.directory.episodes_file).rows(), key=lambda row: int(row["env_steps"]))
    steps = {
        f"step_{index}": {"step_count": env_steps, **_metrics(list(episodes))}
        for index, (env_steps, episodes) in enumerate(evaluations)
    }
    absolute = Table(run.directory.absolute_file).rows()
    last = {name: values for name, values in steps[f"step_{len(steps) - 1}"].items() if name != "step_count"}
    return {**steps, "absolute_metrics": _metrics(absolute) if absolute else last}


def _metrics(episodes: Sequence[Episode]) -> dict[str, list[float]]:
    """What each episode came to. Where nothing can be won, all win rates are 0."""
    return {
        name: [float(row[column]) for row in episodes] for name, column in (("return", "return"), ("win_rate", "won"))
    }


def _without_commas(name: str) -> str:
    """The layout's readers take a comma for the end of a name."""
    return name.replace(",", " ")


if __name__ == "__main__":
    main()
