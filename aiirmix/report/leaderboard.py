"""The leaderboard as data, each entry of which a command checks: who may stand on it, and why an entry does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError, first_line, shown
from aiirmix.common.resources import EXPERIMENTS
from aiirmix.common.statistics import interquartile_mean
from aiirmix.launch.plan import PlannedRun, plan
from aiirmix.report.estimates import format_estimate
from aiirmix.report.evaluations import Evaluations, load
from aiirmix.report.ledger import LEDGER, read_ledger, tuning_of
from aiirmix.report.summary import SummaryRow, summarise
from aiirmix.report.yaml_spec import read_yaml, require_keys, require_list
from aiirmix.runs.config import configuration_hash
from aiirmix.training.build import build

BOARD = EXPERIMENTS / "leaderboard.yaml"
ENOUGH_SEEDS = 10
"""Complete runs of an entry."""
FOLDER = "leaderboard"
"""Of runs that are only planned, so that no run of the user is in the way."""


@dataclass(frozen=True)
class Entry:
    """A model on a map."""

    settings: tuple[str, ...]
    """Of `aiirmix train`, without seeds and budget."""
    evaluations: str
    """The file of kept evaluations, from the folder of the leaderboard."""
    configuration: str
    """The hash of the settings' configuration."""
    environment: str
    """With its version: `skirmish-3/8m`."""
    trials: int
    """Trials of the studies that its values come from: some of those that the ledger has of the model, or 0."""

    @property
    def command(self) -> str:
        """The settings as they are typed."""
        return " ".join(self.settings)


@dataclass(frozen=True)
class Standing:
    """An entry with what its check found."""

    entry: Entry
    faults: list[str]
    """Why it does not stand; empty if it does."""
    row: SummaryRow | None = None
    trials: int = 0
    """Those that the ledger has of the model. It does not tell whether the entry has the values that they found."""


def check_board(board: Path = BOARD, ledger: Path = LEDGER) -> list[Standing]:
    """Check all entries of a leaderboard.

    Raises:
        ConfigError: the file cannot be read.
    """
    return [check(entry, board.parent, ledger) for entry in read_board(board)]


def read_board(path: Path) -> list[Entry]:
    """Read the entries of a leaderboard.

    Raises:
        ConfigError: the file cannot be read, or an entry is no mapping of these keys.
    """
    entries = read_yaml(path)
    if not isinstance(entries, list):
        raise ConfigError(f"{path} should be a list of entries")
    return [_entry(entry, f"{path}, entry {number}") for number, entry in enumerate(entries, start=1)]


def check(entry: Entry, folder: Path, ledger: Path = LEDGER) -> Standing:
    """Check one entry against its configuration, its evaluations and the ledger of tuning."""
    try:
        [run] = plan([*entry.settings, f"name={FOLDER}"], multirun=False)
        runs = [one for one in load(folder / entry.evaluations) if _is_of(run, one)]
    except (ConfigError, OSError) as error:
        return Standing(entry, [first_line(error)])
    faults = [*_faults_of_configuration(entry, run), *_faults_of_runs(entry, runs, run)]
    [(model, study)] = tuning_of([run.directory.labels.model], read_ledger(ledger)).items()
    trials = study.trials if study else 0
    if entry.trials > trials:
        faults.append(f"trials is {entry.trials}, but {ledger.name} has {trials} of {model}")
    return Standing(entry, faults, next(iter(summarise(runs)), None), trials)


def board_table(standings: Sequence[Standing]) -> str:
    """Return the entries as a Markdown table, by map and best first, with 95 % bootstrap intervals."""
    lines = [
        "| map | settings | final [95 %] | its IQM [95 %] | seeds | env steps | trials | environment | stands |",
        "|---|---|---|---|--:|--:|--:|---|---|",
    ]
    lines += [_line(one) for one in sorted(standings, key=_place)]
    return "\n".join(lines)


def _faults_of_configuration(entry: Entry, run: PlannedRun) -> list[str]:
    found = configuration_hash(run.config)
    env = build(OmegaConf.create(run.config["env"]))
    env.close()
    claimed = {"configuration": entry.configuration, "environment": entry.environment}
    actual = {"configuration": found, "environment": env.spec.name}
    return [
        f"{key} is {claimed[key]}, but {entry.command} gives {actual[key]}"
        for key in claimed
        if claimed[key] != actual[key]
    ]


def _faults_of_runs(entry: Entry, runs: Sequence[Evaluations], run: PlannedRun) -> list[str]:
    labels, complete = run.directory.labels, [one for one in runs if one.is_complete]
    faults = [f"{entry.evaluations} is of {name}" for name in {one.environment for one in runs} - {entry.environment}]
    if len(complete) < ENOUGH_SEEDS:
        what = f"{len(complete)} complete runs of {labels.model} on {labels.map}"
        faults.append(f"{entry.evaluations} has {what}: it takes {ENOUGH_SEEDS} seeds")
    for budget, configuration in sorted({(one.budget, one.origin.configuration) for one in complete}):
        used = (f"env_steps={budget}", f"evaluation.every={budget}")
        [planned] = plan([*entry.settings, f"name={FOLDER}", *used], multirun=False)
        if configuration != configuration_hash(planned.config):
            found = f"of the configuration {configuration}" if configuration else "whose settings were not recorded"
            faults.append(f"{entry.evaluations} has runs {found}, not of {entry.command} env_steps={budget}")
    return faults


def _is_of(run: PlannedRun, evaluations: Evaluations) -> bool:
    labels = run.directory.labels
    return (evaluations.model, evaluations.map_label) == (labels.model, labels.map)


def _place(standing: Standing) -> tuple[str, float]:
    row = standing.row
    return (standing.entry.environment, -float(np.mean(row.final)) if row else np.inf)


def _line(standing: Standing) -> str:
    entry, row = standing.entry, standing.row
    scores = ("–", "–", "0", "–")
    if row:
        estimates = format_estimate([row.final]), format_estimate([row.final], interquartile_mean)
        scores = (*estimates, str(row.seeds), f"{row.env_steps:,}")
    where = row.map_label if row else entry.environment.partition("/")[2]
    verdict = f"no: {'; '.join(standing.faults)}" if standing.faults else "yes"
    trials = f"{entry.trials} of {standing.trials}" if standing.trials > entry.trials else str(entry.trials)
    cells = (where, f"`{entry.command}`", *scores, trials, entry.environment, verdict)
    return f"| {' | '.join(cells)} |"


def _entry(entry: object, where: str) -> Entry:
    given = require_keys(entry, Entry, where)
    settings = tuple(str(word) for word in require_list("settings", given["settings"], where))
    if type(given["trials"]) is not int:
        raise ConfigError(f"{where}: trials should be a number, not {shown(given['trials'])}")
    texts = {key: str(given[key]) for key in ("evaluations", "configuration", "environment")}
    return Entry(settings, **texts, trials=given["trials"])
